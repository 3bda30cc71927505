#!/bin/sh
# run.sh - builds what the bench needs, and runs it.
#
#	sh test/bench/run.sh [--quick] [--only ROW,...] [--rounds N] ...
#
# The offloader is taken from $OFFLOADER_BUILD (where ./configure was run),
# else from the current directory if it is one, else from --offloader PATH.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=${OFFLOADER_BUILD:-.}

if [ -f "$build/Makefile" ]; then
	build=$(cd "$build" && pwd)
	make -s -C "$build" bench >&2
	export OFFLOADER_BUILD="$build"
	exec /usr/bin/python3 -B "$here/bench.py" "$@"
fi

# Not configured: the tools alone are a matter of a second.
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
flags="-std=gnu11 -D_GNU_SOURCE -O2"
cd "$here"
${CC:-cc} $flags -o "$tools/load" load.c plan.c crew.c client.c tally.c \
    net.c -lssl -lcrypto
${CC:-cc} $flags -o "$tools/backend" backend.c request.c net.c
${CC:-cc} $flags -o "$tools/certs" certs.c -lcrypto
cd "$OLDPWD"
/usr/bin/python3 -B "$here/bench.py" --build "$tools" "$@"
