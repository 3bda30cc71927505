#!/bin/sh
# readme.sh - test/system/test_readme.py knows every command line that README
# shows, "    $ command". The tour in README names each folder of offloader/.
# The files that README and offloader/README name exist.
cd "${srcdir:-.}" || exit 2
{
	sed -n 's/^    \$ //p' README | sed 's/ *\\$//' |
	while read -r command; do
		grep -qF -- "\"$command\"" test/system/test_readme.py ||
		    echo "README: no test knows \"$command\""
	done

	# "    FOLDER/  FILE FILE ...  what it has", with or without .c or .h.
	tour=$(sed -n 's|^    \([a-z]*\)/  *\([^ ].*\)|\1 \2|p' README |
	    sed 's/   *.*//')
	for folder in offloader/*/; do
		folder=$(basename "$folder")
		echo "$tour" | grep -q "^$folder " ||
		    echo "README: the tour leaves out offloader/$folder"
	done
	echo "$tour" | while read -r folder files; do
		for file in $files; do
			set -- offloader/"$folder/$file"*
			[ -e "$1" ] ||
			    echo "README: offloader/$folder has no $file"
		done
	done

	for page in README offloader/README; do
		grep -o '[a-z]*/[a-z_]*\.[ch]\>' $page | sort -u |
		while read -r file; do
			[ -e "offloader/$file" ] || [ -e "$file" ] ||
			    echo "$page: there is no $file"
		done
	done
} | { ! grep .; }
