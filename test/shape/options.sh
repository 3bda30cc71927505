#!/bin/sh
# options.sh - what is made of the option rows is what stands in the tree; and
# the completion completes. "options.sh update" makes it so.
set -e
src=${srcdir:-.}
update=$1
status=0

# Prints a manual page with the rows' list of options between its markers.
page() {
	test/shape/rows "$1" >"$1.part"
	sed -e '/^\.\\" options: /,/^\.\\" options end/{' \
	    -e '/options: /{' -e p -e "r $1.part" -e d -e '}' \
	    -e '/options end/!d' -e '}' "$src/man/$1"
	rm -f "$1.part"
}

# same FILE: compares a committed file with the fresh one, or renews it.
same() {
	if [ "$update" ]; then
		cmp -s fresh "$1" || cat fresh >"$1"
	elif ! cmp -s fresh "$1"; then
		echo "$1 is not what the rows say: make update-docs"
		status=1
	fi
	rm -f fresh
}

test/shape/rows sample >fresh
same "$src/etc/offloader.conf"
test/shape/rows completion >fresh
same "$src/etc/offloader.bash"
page offloader.8 >fresh
same "$src/man/offloader.8"
page offloader.conf.5 >fresh
same "$src/man/offloader.conf.5"

# complete WORD...: what bash would offer for the last one.
complete_last() {
	bash -c '. "$1/etc/offloader.bash"; shift
		COMP_WORDS=(offloader "$@"); COMP_CWORD=$#
		_offloader 2>/dev/null; echo ${COMPREPLY[*]}' - "$src" "$@"
}

offers() {
	wanted=$1
	shift
	got=$(complete_last "$@")
	[ "$got" = "$wanted" ] || {
		echo "completion of \"$*\": \"$got\", not \"$wanted\""
		status=1
	}
}

if command -v bash >/dev/null; then
	offers '--workers=' --wor
	offers '--daemon' --dae
	offers '--sni-nomatch-abort' --sni-n
	offers 'none optional optional-no-ca required' --client-verify =
	offers 'required' --client-verify = r
	offers "$src/etc" --client-verify-ca = "$src/et"
	offers 'v2 v1' --send-proxy = v
	offers 'on off' --daemon = o
	offers "$src/etc" --config = "$src/et"
	offers "$src/etc" -r "$src/et"
	offers "$src/etc" --daemon "$src/et"
	offers "$src/etc" "$src/et"
fi
exit $status
