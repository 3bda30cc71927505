#!/bin/sh
# replay.sh - runs each fuzz target over its corpus. The targets, named in
# FUZZ_TARGETS, may have been linked with replay.c or with libFuzzer: given
# files, both try each of them once.
status=0
for fuzz in $FUZZ_TARGETS; do
	corpus=$srcdir/test/fuzz/corpus/${fuzz#*/fuzz_}
	set -- "$corpus"/*
	if [ ! -e "$1" ]; then
		echo "$fuzz: nothing in $corpus"
		status=1
		continue
	fi
	"./$fuzz" "$@" >"$fuzz.out" 2>&1 || {
		cat "$fuzz.out"
		echo "$fuzz: failed"
		status=1
	}
	echo "$fuzz: $# inputs"
	rm -f "$fuzz.out"
done
exit $status
