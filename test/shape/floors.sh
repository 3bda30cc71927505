#!/bin/sh
# floors.sh - which folder may include which: the table of floors, no circle
# among headers, no folder of more than 15 % of the lines, each room's own
# header last, and every header compiles alone.
cd "${srcdir:-.}/offloader" || exit 2
status=0
files=$(find . -name '*.[ch]' | sed 's/..//' | sort)

# FLOOR: what it may include besides itself; libraries in <>. echo/ and ctl/
# are programs of their own, beside main.c.
floors='
base:
log: base
loop: base log <ev.h>
stats: base log <openssl/
relay: base
config: base relay <confuse.h>
keys: base <openssl/
signing: base keys stats <openssl/
cert: base log config keys <openssl/ <uthash.h>
auth: base log config keys cert <openssl/
tls: base log relay config keys signing cert auth <openssl/
serve: base log loop stats relay config tls <openssl/ <ev.h>
sandbox: base config <seccomp.h>
process: base log config sandbox <ev.h>
keyguard: base log config keys signing process sandbox <openssl/ <ev.h>
reporter: base log loop stats cert process <openssl/ <ev.h> <microhttpd.h>
control: base log loop <ev.h>
master: base log stats config keys signing cert tls serve process sandbox keyguard reporter control <openssl/ <ev.h>
main: base config master <openssl/
echo: base log loop relay <openssl/ <ev.h>
ctl: base config control
'

# Prints "FILE:LINE: ..." for each include that goes up, or to a strange place.
awk -v floors="$floors" '
	BEGIN {
		n = split(floors, line, "\n")
		for (i = 1; i <= n; i++) {
			m = split(line[i], word, " ")
			floor = word[1]; sub(/:$/, "", floor)
			known[floor] = 1
			may[floor, floor] = 1
			for (k = 2; k <= m; k++) {
				may[floor, word[k]] = 1
				if (word[k] ~ /^</) library[word[k]] = 1
			}
		}
	}
	FNR == 1 {
		me = FILENAME; sub(/[\/.].*/, "", me)
		if (!(me in known)) { print FILENAME ": on no floor"; bad = 1 }
	}
	/^[ \t]*#[ \t]*include "/ {
		split($0, part, "\""); it = part[2]
		if (it == "config.h" && me == "main") next
		sub(/\/.*/, "", it)
		if ((me, it) in may) next
		printf "%s:%d: %s may not include %s\n", FILENAME, FNR, me, part[2]
		bad = 1
	}
	/^[ \t]*#[ \t]*include </ {
		for (lib in library)
			if (index($2, lib) == 1 && !((me, lib) in may)) {
				printf "%s:%d: %s may not use %s\n", FILENAME,
				    FNR, me, $2
				bad = 1
			}
	}
	END { exit bad }
' $files || status=1

# What headers need of each other must have an order.
awk '
	/^#include "/ {
		split($0, part, "\""); it = part[2]
		if (FILENAME ~ /\.h$/) print FILENAME, it
	}
' $files | tsort >/dev/null || status=1

# No folder is so large that it needs a plan of its own.
wc -l $files | awk '
	/\// { split($2, part, "/"); lines[part[1]] += $1; all += $1 }
	END {
		for (folder in lines)
			if (lines[folder] > 0.15 * all) {
				printf "%s: %d of %d lines: more than 15 %%\n",
				    folder, lines[folder], all
				bad = 1
			}
		exit bad
	}' || status=1

# The own header last, so that it was not helped by others.
for c in */*.c; do
	own=${c%.c}.h
	[ -e "$own" ] || continue
	last=$(sed -n 's/^#include "\(.*\)".*/\1/p' "$c" | tail -n 1)
	[ "$last" = "$own" ] || { echo "$c: \"$own\" is not last"; status=1; }
done

# ... and compiles when it stands alone.
for h in $(echo "$files" | grep 'h$'); do
	echo "#include \"$h\"" | (cd - >/dev/null && ${CC:-cc} \
	    ${CPPFLAGS:--I"${srcdir:-.}"/offloader} -fsyntax-only -x c -) ||
	    { echo "$h: does not compile alone"; status=1; }
done
exit $status
