/*
 * end_reason.h - why a connection ended: a closed list, one reason for each.
 */
#ifndef OFFLOADER_END_REASON_H
#define OFFLOADER_END_REASON_H

enum end_reason {
	END_NONE,		/* it has not */
	END_CLEAN,		/* both sides said goodbye */
	END_CLIENT_CUT,		/* the client hung up without close_notify */
	END_CLIENT_RESET,	/* the client's socket died */
	END_BACKEND_RESET,	/* the backend's socket died */
	END_BACKEND_CLOSED,	/* the backend took no more, but answered */
	END_BACKEND_REFUSED,	/* no address of the backend took us */
	END_BACKEND_SLOW,	/* nor did it in backend-connect-timeout */
	END_SILENT,		/* the client left without a byte */
	END_HEALTH_CHECK,	/* the balancer only looked whether we listen */
	END_PROXY_SOURCE,	/* proxy-from does not have its address */
	END_PROXY_MISSING,	/* what came first was no PROXY header */
	END_PROXY_BAD,		/* one came, but it was malformed or too long */
	END_PROXY_CHECKSUM,	/* or its checksum was wrong */
	END_PROXY_CUT,		/* or the connection ended in it */
	END_PROXY_SLOW,		/* or it was not there in time */
	END_HANDSHAKE,		/* the client failed its handshake */
	END_NOT_ALLOWED,	/* its certificate is on no client-allow */
	END_HANDSHAKE_SLOW,	/* nor did it end in ssl-handshake-timeout */
	END_TLS,		/* a record was not what TLS allows */
	END_FLOOD,		/* messages without data, again and again */
	END_HEADER,		/* the PROXY header passes proxy-size-limit */
	END_IDLE,		/* nothing moved for idle-timeout */
	END_HALF_CLOSED,	/* nor for half-close-timeout after one end */
	END_DRAINED,		/* drain-timeout: the worker had to leave */
	END_DRAIN_IDLE,		/* it was to leave, and nobody said a word */
	END_NO_MEMORY,
	END_KEYGUARD,		/* nobody was there to sign its handshake */
	END_COUNT
};

/* One word for the log and the statistics. */
extern const char *const end_reason_names[END_COUNT];
const char *end_reason_name(enum end_reason);	/* "?" for any other number */

#endif
