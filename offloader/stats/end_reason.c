/*
 * end_reason.c - why a connection ended: a closed list, one reason for each.
 */
#include "stats/end_reason.h"

const char *
end_reason_name(enum end_reason why)
{
	switch (why) {
	case END_NONE:			return "none";
	case END_CLEAN:			return "clean";
	case END_CLIENT_CUT:		return "client-cut";
	case END_CLIENT_RESET:		return "client-reset";
	case END_BACKEND_RESET:		return "backend-reset";
	case END_BACKEND_CLOSED:	return "backend-closed";
	case END_BACKEND_REFUSED:	return "backend-refused";
	case END_BACKEND_SLOW:		return "backend-slow";
	case END_SILENT:		return "silent";
	case END_HEALTH_CHECK:		return "health-check";
	case END_PROXY_SOURCE:		return "proxy-source";
	case END_PROXY_MISSING:		return "proxy-missing";
	case END_PROXY_BAD:		return "proxy-bad";
	case END_PROXY_CHECKSUM:	return "proxy-checksum";
	case END_PROXY_CUT:		return "proxy-cut";
	case END_PROXY_SLOW:		return "proxy-slow";
	case END_HANDSHAKE:		return "handshake";
	case END_NOT_ALLOWED:		return "not-allowed";
	case END_HANDSHAKE_SLOW:	return "handshake-slow";
	case END_TLS:			return "tls";
	case END_FLOOD:			return "flood";
	case END_HEADER:		return "header-too-long";
	case END_IDLE:			return "idle";
	case END_HALF_CLOSED:		return "half-closed";
	case END_DRAINED:		return "drained";
	case END_DRAIN_IDLE:		return "drain-idle";
	case END_NO_MEMORY:		return "no-memory";
	case END_KEYGUARD:		return "keyguard";
	case END_COUNT:			break;
	}
	return "?";
}
