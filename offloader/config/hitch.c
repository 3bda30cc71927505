/*
 * hitch.c - what hitch has and we have not, and what to say instead.
 */
#include <stddef.h>

#include "config/conf.h"

static const char tune[] = "leave it out, the system tunes its buffers";
static const char ocsp[] = "leave it out, OCSP responses are not stapled";
static const char cache[] = "leave it out, tickets resume the sessions of "
    "all workers";
static const char ring[] = "leave it out, nothing of this kind is allocated";
static const char protos[] = "say tls-protos = TLSv1.2 TLSv1.3";

const struct hitch_option hitch_options[] = {
	{ "backend-refresh", "leave it out, the backend is looked up again by "
	    "itself" },
	{ "client", "leave it out, connections to TLS servers are not made" },
	{ "default-config", "see the sample configuration" },
	{ "enable-tcp-fastopen", "leave it out, it gains nothing here" },
	{ "ocsp-connect-tmo", ocsp },
	{ "ocsp-dir", ocsp },
	{ "ocsp-refresh-interval", ocsp },
	{ "ocsp-resp-file", ocsp },
	{ "ocsp-resp-tmo", ocsp },
	{ "ocsp-verify-staple", ocsp },
	{ "proxy-authority", "say proxy-tlv, with or without authority in it" },
	{ "proxy-client-cert", "say proxy-tlv, with or without client-cert in "
	    "it" },
	{ "proxy-proxy", "say accept-proxy = on, and by proxy-from who may "
	    "send the header" },
	{ "quiet", "say log-level = 0" },
	{ "recv-bufsize", tune },
	{ "ring-data-len", ring },
	{ "ring-slots", ring },
	{ "send-bufsize", tune },
	{ "session-cache", cache },
	{ "shared-cache-if", cache },
	{ "shared-cache-listen", cache },
	{ "shared-cache-peer", cache },
	{ "ssl", protos },
	{ "ssl-engine", "leave it out, and name a provider in openssl.cnf" },
	{ "tcp-fastopen", "leave it out, it gains nothing here" },
	{ "tls", protos },
	{ "write-ip", "say send-proxy = v1 or v2, which the backend must then "
	    "expect" },
	{ "write-proxy", "say send-proxy = v2" },
	{ "write-proxy-v1", "say send-proxy = v1" },
	{ "write-proxy-v2", "say send-proxy = v2" },
	{ NULL, NULL }
};
