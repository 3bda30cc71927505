#!/bin/sh
# words.sh - the code and the manuals use the terms of offloader/README, and
# none of the words that once stood for them. Parts of names count as words.
cd "${srcdir:-.}" || exit 2
export LC_ALL=C

awk -v old='
anybody,somebody,whoever,whomever,whom: name the process or the peer
board,boards,tally,tallies: statistics, counters
crew: children
desk,desks: signing queue
door,doors,seat,seats: listener, slot
foundling,foundlings: inherited sockets
guest,guests: client
heir,heirs,heirloom,heirlooms: successor, saved keys
herald,heralds: sd_notify
hush,hushes,hushed: rate limit
is none,are none,nobody is,lets nobody: no X, none of the Xs
logbook,logbooks: log files
notice,notices: status snapshot
outlet,outlets: log writer
pulse,pulses: heartbeat
shelf,shelves: map
stranger,strangers: untrusted client
to be had,for want of,goodbye,said goodbye: the plain word
trial,trials: config test, proof
vault,vaults: secure heap
' '
	BEGIN {
		rows = split(old, row, "\n")
		for (i = 1; i <= rows; i++) {
			if (row[i] == "")
				continue
			split(row[i], part, ": ")
			m = split(part[1], word, ",")
			pattern = ""
			for (k = 1; k <= m; k++) {
				c = substr(word[k], 1, 1)
				pattern = pattern (k > 1 ? "|" : "") "[" \
				    toupper(c) c "]" substr(word[k], 2)
			}
			# LOG_NOTICE is not meant, nor is --kill-whom.
			say["(^|[^A-Za-z-])(" pattern ")([^A-Za-z]|$)"] = part[2]
		}
	}
	# The signature of the counters is a format of earlier versions.
	/^#define SIGN\t/ { next }
	{
		for (pattern in say)
			if (match($0, pattern)) {
				printf "%s:%d: \"%s\": say %s\n", FILENAME, FNR,
				    substr($0, RSTART, RLENGTH), say[pattern]
				bad = 1
			}
	}
	END { exit bad }
' $(find offloader man etc -type f ! -path '*/.*' ! -name '*.o' ! -name '*.a' \
    ! -name offloader ! -name 'offloader*-echo' ! -name offloaderctl | sort) \
    README
