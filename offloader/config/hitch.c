/*
 * hitch.c - what hitch has and we have not, and what to say instead.
 */
#include <stddef.h>

#include "config/conf.h"

static const char tune[] = "remove it: the system tunes its buffers";
static const char ocsp[] = "remove it: OCSP stapling is not supported";
static const char cache[] = "remove it: tickets resume sessions in all "
    "workers";
static const char ring[] = "remove it: there is no such buffer";
static const char protos[] = "use tls-protos = TLSv1.2 TLSv1.3";

const struct hitch_option hitch_options[] = {
	{ "backend-refresh", "remove it: a reload looks up the backend "
	    "again" },
	{ "client", "remove it: TLS to the backend is not supported" },
	{ "default-config", "see the sample configuration" },
	{ "enable-tcp-fastopen", "remove it: it has no benefit here" },
	{ "ocsp-connect-tmo", ocsp },
	{ "ocsp-dir", ocsp },
	{ "ocsp-refresh-interval", ocsp },
	{ "ocsp-resp-file", ocsp },
	{ "ocsp-resp-tmo", ocsp },
	{ "ocsp-verify-staple", ocsp },
	{ "proxy-authority", "use proxy-tlv, with or without authority" },
	{ "proxy-client-cert", "use proxy-tlv, with or without client-cert" },
	{ "proxy-proxy", "use accept-proxy = on, and proxy-from for the "
	    "allowed senders" },
	{ "quiet", "use log-level = 0" },
	{ "recv-bufsize", tune },
	{ "ring-data-len", ring },
	{ "ring-slots", ring },
	{ "send-bufsize", tune },
	{ "session-cache", cache },
	{ "shared-cache-if", cache },
	{ "shared-cache-listen", cache },
	{ "shared-cache-peer", cache },
	{ "ssl", protos },
	{ "ssl-engine", "remove it, and load a provider in openssl.cnf" },
	{ "tcp-fastopen", "remove it: it has no benefit here" },
	{ "tls", protos },
	{ "write-ip", "use send-proxy = v1 or v2, which the backend must "
	    "support" },
	{ "write-proxy", "use send-proxy = v2" },
	{ "write-proxy-v1", "use send-proxy = v1" },
	{ "write-proxy-v2", "use send-proxy = v2" },
	{ NULL, NULL }
};
