#!/bin/sh
# man.sh - the manual pages are sound mdoc.
command -v mandoc >/dev/null || exit 77
set -- "${srcdir:-.}"/man/*.[1-9]
[ -e "$1" ] || exit 77
exec mandoc -T lint -W warning "$@"
