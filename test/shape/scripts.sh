#!/bin/sh
# scripts.sh - every script can at least be parsed.
cd "${srcdir:-.}" || exit 2
status=0
for f in autogen.sh certs/*.sh etc/*.sh test/*.sh test/*/*.sh; do
	[ ! -e "$f" ] || sh -n "$f" || status=1
done
if command -v bash >/dev/null; then
	for f in .ci/run etc/*completion*; do
		[ ! -e "$f" ] || bash -n "$f" || status=1
	done
fi
if [ -x /usr/bin/python3 ]; then
	for f in test/*/*.py etc/*.py; do
		[ ! -e "$f" ] || /usr/bin/python3 -c 'import ast, sys
ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$f" || status=1
	done
fi
exit $status
