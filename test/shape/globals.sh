#!/bin/sh
# globals.sh - no mutable file-level variables but one: the log's sink.
allowed='^offloader/log/log.o sink$'

# Const tables are in read-only sections and not seen. What begins with "__" or
# ".L" is the sanitizers' own.
# Objects whose source is gone were left by an earlier build.
objects=
for o in offloader/*/*.o offloader/*.o; do
	[ ! -e "${srcdir:-.}/${o%.o}.c" ] && [ ! -e "${o%.o}.c" ] ||
	    objects="$objects $o"
done
[ -n "$objects" ] || { echo "no objects in $PWD/offloader"; exit 2; }
for o in $objects; do
	objdump -t "$o" | awk -v o="$o" -v allowed="$allowed" '
		/ \.t?(data|bss)|\*COM\*/ && !/\.data\.rel\.ro/ && / O / {
			name = $NF; sub(/\.[0-9]+$/, "", name)
			if (name ~ /^(__|\.L)/ || o " " name ~ allowed) next
			print o ": mutable variable " name
			bad = 1
		}
		END { exit bad }' || status=1
done
exit ${status:-0}
