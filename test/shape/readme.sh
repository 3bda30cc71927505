#!/bin/sh
# readme.sh - every command line that README shows, "    $ command", is known to
# test/system/test_readme.py, which runs it or says which test does.
cd "${srcdir:-.}" || exit 2
sed -n 's/^    \$ //p' README | while read -r command; do
	grep -qF -- "\"$command\"" test/system/test_readme.py ||
	    echo "README: no test knows \"$command\""
done | { ! grep .; }
