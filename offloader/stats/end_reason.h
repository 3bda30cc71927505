/*
 * end_reason.h - why a connection ended: a closed list, one reason for each.
 */
#ifndef OFFLOADER_END_REASON_H
#define OFFLOADER_END_REASON_H

enum end_reason {
	END_NONE,		/* it has not */
	END_CLEAN,		/* both sides closed in order */
	END_CLIENT_CUT,		/* the client closed without close_notify */
	END_CLIENT_RESET,	/* the client's socket failed */
	END_BACKEND_RESET,	/* the backend's socket failed */
	END_BACKEND_CLOSED,	/* the backend closed for reading, after an
				   answer */
	END_BACKEND_REFUSED,	/* no address of the backend accepted */
	END_BACKEND_SLOW,	/* none accepted in backend-connect-timeout */
	END_SILENT,		/* the client closed without sending a byte */
	END_HEALTH_CHECK,	/* a balancer's check: connect and close */
	END_PROXY_SOURCE,	/* the address is not in proxy-from */
	END_PROXY_MISSING,	/* the first bytes were not a PROXY header */
	END_PROXY_BAD,		/* the header was malformed or too long */
	END_PROXY_CHECKSUM,	/* the header's checksum was wrong */
	END_PROXY_CUT,		/* the connection ended within the header */
	END_PROXY_SLOW,		/* the header did not arrive in time */
	END_HANDSHAKE,		/* the handshake failed */
	END_NOT_ALLOWED,	/* client-allow does not list the certificate */
	END_HANDSHAKE_SLOW,	/* no handshake in ssl-handshake-timeout */
	END_TLS,		/* a record or message violated TLS */
	END_FLOOD,		/* too many messages without data */
	END_HEADER,		/* the PROXY header exceeds proxy-size-limit */
	END_IDLE,		/* no data for idle-timeout */
	END_HALF_CLOSED,	/* no data for half-close-timeout */
	END_DRAINED,		/* drain-timeout, or the worker had to exit */
	END_DRAIN_IDLE,		/* idle in a worker that drains */
	END_NO_MEMORY,
	END_KEYGUARD,		/* no signer answered for its handshake */
	END_COUNT
};

/* One word for the log and the statistics. */
extern const char *const end_reason_names[END_COUNT];
const char *end_reason_name(enum end_reason);	/* "?" for any other number */

#endif
