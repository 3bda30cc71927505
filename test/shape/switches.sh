#!/bin/sh
# switches.sh - a switch over one of our enums has no default: the compiler is
# to find what a new value misses.
cd "${srcdir:-.}" || exit 2

# First reading: names of enum values. Second: each switch, the innermost on
# top of a stack.
awk '
	pass == 1 && /^enum [a-z_]+ \{|^[ \t]*enum \{/ { inside = 1 }
	pass == 1 && inside {
		line = $0; sub(/\/\*.*/, "", line); sub(/^.*\{/, "", line)
		n = split(line, word, /[^A-Z0-9_]+/)
		for (i = 1; i <= n; i++) if (word[i] ~ /^[A-Z]/) ours[word[i]] = 1
		if (/\}/) inside = 0
	}
	pass == 1 { next }
	FNR == 1 { top = depth = 0 }
	/[^a-z_]switch \(/ {
		top++
		base[top] = depth; enums[top] = 0; others[top] = 0
	}
	top && /^[ \t]*case [A-Z][A-Z0-9_]*:/ {
		label = $2; sub(/:.*/, "", label)
		if (label in ours) enums[top] = 1
	}
	top && /^[ \t]*default:/ { others[top] = FNR }
	{
		line = $0
		depth += gsub(/\{/, "", line) - gsub(/\}/, "", line)
		if (top && depth <= base[top]) {
			if (enums[top] && others[top]) {
				printf "%s:%d: default in a switch over an enum\n",
				    FILENAME, others[top]
				bad = 1
			}
			top--
		}
	}
	END { exit bad }
' pass=1 offloader/*/*.[ch] pass=2 offloader/*/*.c
