#!/bin/sh
# circles.sh - no room calls back into a room that calls it, not even through
# others. A room is a .c with its .h; it calls another if its object needs a
# symbol that the other's object defines. Run in the build folder.
# Objects whose source is gone were left by an earlier build.
objects=
for o in offloader/*/*.o offloader/*.o; do
	[ ! -e "${srcdir:-.}/${o%.o}.c" ] && [ ! -e "${o%.o}.c" ] ||
	    objects="$objects $o"
done
[ -n "$objects" ] || { echo "no objects in $PWD/offloader"; exit 2; }

nm -A -P -g $objects | awk '
	{ room = $1; sub(/\.o(\[.*)?:$/, "", room); sub(/^offloader\//, "", room) }
	$3 == "U" { needs[room, $2]; next }
	$3 !~ /^[vw]$/ { makers[$2] = makers[$2] " " room }

	function folder(room) {
		sub(/[^\/]*$/, "", room)
		return room
	}
	# The room that defines a symbol. Programs may share a name: the own
	# folder counts first.
	function maker(symbol, asks,    n, i, list) {
		n = split(makers[symbol], list, " ")
		for (i = 1; i <= n; i++)
			if (folder(list[i]) == folder(asks))
				return list[i]
		return n == 1 ? list[1] : ""
	}
	# Marks in seen[] every room that from calls, directly or not.
	function walk(from,    i, n, list) {
		n = split(calls[from], list, " ")
		for (i = 1; i <= n; i++)
			if (!(list[i] in seen)) {
				seen[list[i]]
				walk(list[i])
			}
	}
	END {
		for (pair in needs) {
			split(pair, part, SUBSEP)
			to = maker(part[2], part[1])
			if (to == "" || to == part[1])
				continue
			if (!((part[1], to) in symbols))
				calls[part[1]] = calls[part[1]] " " to
			symbols[part[1], to] = symbols[part[1], to] " " part[2]
		}
		for (room in calls) {
			split("", seen)
			walk(room)
			for (other in seen)
				reaches[room, other]
		}
		for (pair in symbols) {
			split(pair, part, SUBSEP)
			if ((part[2], part[1]) in reaches) {
				print "circle: " part[1] ".c calls " part[2] \
				    ".c:" symbols[pair] | "sort"
				bad = 1
			}
		}
		exit bad
	}'
