/*
 * end_reason.c - why a connection ended: a closed list, one reason for each.
 */
#include "stats/end_reason.h"

const char *const end_reason_names[END_COUNT] = {
	[END_NONE] = "none",
	[END_CLEAN] = "clean",
	[END_CLIENT_CUT] = "client-cut",
	[END_CLIENT_RESET] = "client-reset",
	[END_BACKEND_RESET] = "backend-reset",
	[END_BACKEND_CLOSED] = "backend-closed",
	[END_BACKEND_REFUSED] = "backend-refused",
	[END_BACKEND_SLOW] = "backend-slow",
	[END_SILENT] = "silent",
	[END_HEALTH_CHECK] = "health-check",
	[END_PROXY_SOURCE] = "proxy-source",
	[END_PROXY_MISSING] = "proxy-missing",
	[END_PROXY_BAD] = "proxy-bad",
	[END_PROXY_CHECKSUM] = "proxy-checksum",
	[END_PROXY_CUT] = "proxy-cut",
	[END_PROXY_SLOW] = "proxy-slow",
	[END_HANDSHAKE] = "handshake",
	[END_NOT_ALLOWED] = "not-allowed",
	[END_HANDSHAKE_SLOW] = "handshake-slow",
	[END_TLS] = "tls",
	[END_FLOOD] = "flood",
	[END_HEADER] = "header-too-long",
	[END_IDLE] = "idle",
	[END_HALF_CLOSED] = "half-closed",
	[END_DRAINED] = "drained",
	[END_DRAIN_IDLE] = "drain-idle",
	[END_NO_MEMORY] = "no-memory",
	[END_KEYGUARD] = "keyguard"
};

const char *
end_reason_name(enum end_reason why)
{
	return (unsigned)why < END_COUNT ? end_reason_names[why] : "?";
}
