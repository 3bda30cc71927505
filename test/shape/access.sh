#!/bin/sh
# access.sh - the manual has every field of the access log and every word for
# an end, once each and in their order, and no others.
cd "${srcdir:-.}" || exit 2
page=man/offloader.conf.5
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
status=0

# Usage: listed TAG: the items between two comments in the manual.
listed() {
	sed -n "/^\.\\\\\" $1: begin/,/^\.\\\\\" $1: end/s/^\.It Li //p" "$page" |
	    tr -d '\\&'
}

check() {
	[ -s "$work/code" ] || { echo "no $1 in the code"; exit 2; }
	listed "$1" >"$work/page"
	diff "$work/code" "$work/page" >"$work/diff" && return
	echo "$page: $1: not as the code has them:"
	cat "$work/diff"
	status=1
}

sed -n 's/.*\.name = "\([^"]*\)".*/\1/p' offloader/serve/access_log.c \
    >"$work/code"
{ echo ms.total; sed -n 's/.*\.log = "\([^"]*\)".*/\1/p' \
    offloader/serve/conn_steps.c | uniq; } >>"$work/code"
check "fields"
sed -n 's/^.\[END_[A-Z_]*\] = "\(.*\)",\{0,1\}$/\1/p' offloader/stats/end_reason.c |
    grep -v '^none$' >"$work/code"
check "ends"
exit $status
