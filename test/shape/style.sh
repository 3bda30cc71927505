#!/bin/sh
# style.sh - what a machine can judge of how the code looks.
cd "${srcdir:-.}" || exit 2
export LC_ALL=C

awk '
	function no(what) { printf "%s:%d: %s\n", FILENAME, FNR, what; bad = 1 }
	function ours() { return FILENAME ~ /^offloader\// }
	FNR == 1 {
		name = FILENAME; sub(/.*\//, "", name)
		start = last_include = ""
		if ($0 != "/*") no("begin with the file comment")
	}
	FNR == 2 && index($0, " * " name " - ") != 1 {
		no("say what " name " is for")
	}
	FNR == 501 && ours() { no("more than 500 lines") }
	{
		wide = $0; gsub(/[\200-\277]/, "", wide)	# UTF-8
		while (match(wide, /\t/))
			wide = substr(wide, 1, RSTART - 1) \
			    sprintf("%*s", 8 - (RSTART - 1) % 8, "") \
			    substr(wide, RSTART + 1)
	}
	length(wide) > 80	{ no("wider than 80 columns") }
	/[ \t]$/		{ no("space at the end of the line") }
	/^        /		{ no("indent with tabs") }
	{ code = $0; gsub(/"([^"\\]|\\.)*"/, "\"\"", code) }
	code ~ /\/\/ / && code !~ /^[ \t]*\/?\*/ { no("comments are /* */") }
	code ~ /(^|[^a-z_])(sprintf|vsprintf|strcpy|strncpy|strcat|strncat|strtok|gets|atoi|atol|alloca)\(/ {
		no("unbounded or unchecked call")
	}
	# One room for deprecated calls of OpenSSL, so that they can be replaced.
	/OPENSSL_SUPPRESS_DEPRECATED/ && ours() &&
	    FILENAME !~ /keys\/openssl_legacy\.c$/ {
		no("deprecated calls go to keys/openssl_legacy.c")
	}
	/^#include/ {
		# The own header stands last, out of order.
		own = FILENAME; sub(/^offloader\//, "", own); sub(/c$/, "h", own)
		if ($2 < last_include && substr($2, 2, length($2) - 2) != own)
			no("includes are not sorted")
		last_include = $2
	}
	!/^#include/		{ last_include = "" }

	# Functions: their name at column 0, not too long, no #if inside.
	/^[a-zA-Z_]/		{ head = $0 }
	/^\{/ {
		if (head !~ /^[a-z0-9_A-Z]+\(/)
			no("the function has its name at column 0")
		start = FNR
	}
	/^}/ && start != "" {
		if (FNR - start > 62 && ours())
			no("a function of " FNR - start - 1 " lines")
		start = ""
	}
	start != "" && /^[ \t]*#[ \t]*if/ { no("#if inside a function") }
	END { exit bad }
' $(find offloader test -name '*.[ch]' ! -name status_page.c | sort)
