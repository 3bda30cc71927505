/*
 * stats_rows.c - what is counted: one row for each statistic.
 */
#include <string.h>

#include "stats/end_reason.h"
#include "stats/stats_rows.h"

/* In microseconds: 100 us, 250 us ... 2.5 s, 10 s. */
const uint64_t stats_time_bounds[STATS_TIME_BOUNDS] = {
	100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
	250000, 1000000, 2500000, 10000000
};

/* Limits of receivers are among them: 107 (v1), 232, 256, 536, 1024, 1500. */
const uint64_t stats_size_bounds[STATS_SIZE_BOUNDS] = {
	28, 64, 107, 160, 232, 256, 404, 536, 1024, 1500
};

static const char *const key_results[] = { "ok", "refused", "failed", "lost" };
static const char *const directions[] = { "in", "out" };
static const char *const reload_results[] = { "ok", "failed" };

#define ONE		.place = STATS_PROCESS, .n = 1
#define LABEL(name, of)	.label = (name), .values = (of), \
	.n = sizeof (of) / sizeof *(of)
#define BOUNDS(of)	.bounds = (of), .n_bounds = sizeof (of) / sizeof *(of)

const struct stats_row stats_rows[] = {
	{ .name = "offloader_connections_total", .place = STATS_FRONT,
	  .at = STATS_FRONT_CONNECTIONS, .n = 1,
	  .help = "Connections that clients made." },
	{ .name = "offloader_connections_active", .kind = STATS_GAUGE,
	  .place = STATS_FRONT, .at = STATS_FRONT_ACTIVE, .n = 1,
	  .help = "Connections that have not ended." },
	{ .name = "offloader_connections_ended_total",
	  .at = STATS_ENDED, .label = "reason", .values = end_reason_names,
	  .n = END_COUNT, .skip = END_NONE + 1, .room = STATS_REASONS,
	  .help = "Connections that have ended, by reason." },
	{ .name = "offloader_connections_refused_total", ONE,
	  .at = STATS_REFUSED,
	  .help = "Connections closed at once because memory ran out." },
	{ .name = "offloader_accept_pauses_total", ONE, .at = STATS_PAUSES,
	  .help = "Times that accepting paused because the system had no "
	      "descriptors or memory." },
	{ .name = "offloader_frontend_handshakes_total", .place = STATS_FRONT,
	  .at = STATS_FRONT_HANDSHAKES, .n = 1,
	  .help = "Finished TLS handshakes, by frontend." },
	{ .name = "offloader_handshakes_total", .place = STATS_HANDSHAKE,
	  .help = "Finished TLS handshakes, by what was negotiated." },
	{ .name = "offloader_handshake_seconds", .kind = STATS_TIMES,
	  .unit = STATS_SECONDS, .at = STATS_HANDSHAKE_TIME,
	  BOUNDS(stats_time_bounds),
	  .help = "Time from the first bytes of TLS to the end of the "
	      "handshake." },
	{ .name = "offloader_client_bytes_total", .unit = STATS_BYTES,
	  .place = STATS_FRONT, .at = STATS_FRONT_IN,
	  LABEL("direction", directions),
	  .help = "Bytes of decrypted data from clients (in) and to clients "
	      "(out)." },
	{ .name = "offloader_backend_connects_total", ONE,
	  .at = STATS_CONNECTS,
	  .help = "Connections to the backend that succeeded." },
	{ .name = "offloader_backend_connect_failures_total", ONE,
	  .at = STATS_CONNECT_FAILURES,
	  .help = "Attempts to connect to an address of the backend that "
	      "failed." },
	{ .name = "offloader_backend_connect_seconds", .kind = STATS_TIMES,
	  .unit = STATS_SECONDS, .at = STATS_CONNECT_TIME,
	  BOUNDS(stats_time_bounds),
	  .help = "Time from the first attempt to connect to the backend to "
	      "success." },
	{ .name = "offloader_proxy_header_bytes", .kind = STATS_TIMES,
	  .unit = STATS_BYTES, .at = STATS_HEADER_SIZE,
	  BOUNDS(stats_size_bounds),
	  .help = "Sizes of the PROXY headers sent to the backend." },
	{ .name = "offloader_proxy_tlvs_left_out_total", ONE,
	  .at = STATS_TLVS_LEFT_OUT,
	  .help = "TLVs left out because of proxy-size-limit." },
	{ .name = "offloader_tickets_issued_total", ONE,
	  .at = STATS_TICKETS_ISSUED,
	  .help = "Session tickets sent to clients." },
	{ .name = "offloader_tickets_accepted_total", ONE,
	  .at = STATS_TICKETS_ACCEPTED,
	  .help = "Session tickets of clients that were decrypted." },
	{ .name = "offloader_tickets_expired_total", ONE,
	  .at = STATS_TICKETS_EXPIRED,
	  .help = "Session tickets that were too old, or whose key is gone." },
	{ .name = "offloader_key_operations_total", .at = STATS_KEY_OK,
	  LABEL("result", key_results),
	  .help = "Signatures requested with private keys: ok, refused by the "
	      "signing policy, failed, or lost with their signer." },
	{ .name = "offloader_log_lines_lost_total", ONE,
	  .at = STATS_LOG_LINES_LOST,
	  .help = "Log lines that their destination did not take." },
	{ .name = "offloader_loop_lag_seconds", .kind = STATS_BIGGEST,
	  .unit = STATS_SECONDS, ONE, .at = STATS_LOOP_LAG,
	  .help = "Delay of timers in the event loop: the worst of the last "
	      "minute and of all workers." },
	{ .name = "offloader_workers", .kind = STATS_GAUGE, ONE,
	  .at = STATS_WORKERS,
	  .help = "Workers that accept clients." },
	{ .name = "offloader_workers_draining", .kind = STATS_GAUGE, ONE,
	  .at = STATS_WORKERS_DRAINING,
	  .help = "Workers that only finish their connections." },
	{ .name = "offloader_worker_restarts_total", ONE,
	  .at = STATS_RESTARTS,
	  .help = "Workers that ended unexpectedly and were replaced." },
	{ .name = "offloader_reloads_total", .at = STATS_RELOADS_OK,
	  LABEL("result", reload_results),
	  .help = "Reloads of the configuration." },
	{ .name = "offloader_last_reload_ok", .kind = STATS_GAUGE, ONE,
	  .at = STATS_LAST_RELOAD_OK,
	  .help = "1 if the last reload succeeded, 0 if it was refused." },
	{ .name = "offloader_generation", .kind = STATS_GAUGE, ONE,
	  .at = STATS_GENERATION,
	  .help = "Number of the generation that serves." },
	{ .name = "offloader_start_time_seconds", .kind = STATS_GAUGE,
	  .unit = STATS_SECONDS, ONE, .at = STATS_START_TIME,
	  .help = "Start of the master, in Unix time." },
	{ .name = "offloader_certificate_not_after_seconds",
	  .kind = STATS_GAUGE, .unit = STATS_SECONDS,
	  .place = STATS_CERTIFICATES,
	  .help = "Expiry of a certificate, in Unix time." },
	{ .name = "offloader_build_info", .kind = STATS_GAUGE,
	  .place = STATS_BUILD,
	  .help = "Always 1; the version of the program is a label." },
};

const size_t stats_n_rows = sizeof stats_rows / sizeof *stats_rows;

/* ------------------------------------------------- handshakes ----------- */

const char *const stats_versions[STATS_VERSIONS] = {
	"TLSv1.2", "TLSv1.3", "other"
};

/* OpenSSL's names, as SSL_group_to_name() has them. */
const char *const stats_groups[STATS_GROUPS] = {
	"none", "x25519", "secp256r1", "secp384r1", "secp521r1", "x448",
	"ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192",
	"brainpoolP256r1", "brainpoolP384r1", "X25519MLKEM768",
	"SecP256r1MLKEM768", "SecP384r1MLKEM1024", "other"
};

/* Without static keys, PSK, SRP and anonymous ones: we never accept them. */
static const struct {
	uint16_t id;
	const char *name;
} ciphers[STATS_CIPHERS] = {
	{ 0x1301, "TLS_AES_128_GCM_SHA256" },
	{ 0x1302, "TLS_AES_256_GCM_SHA384" },
	{ 0x1303, "TLS_CHACHA20_POLY1305_SHA256" },
	{ 0x1304, "TLS_AES_128_CCM_SHA256" },
	{ 0x1305, "TLS_AES_128_CCM_8_SHA256" },
	{ 0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256" },
	{ 0xc02f, "ECDHE-RSA-AES128-GCM-SHA256" },
	{ 0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384" },
	{ 0xc030, "ECDHE-RSA-AES256-GCM-SHA384" },
	{ 0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305" },
	{ 0xcca8, "ECDHE-RSA-CHACHA20-POLY1305" },
	{ 0xc009, "ECDHE-ECDSA-AES128-SHA" },
	{ 0xc013, "ECDHE-RSA-AES128-SHA" },
	{ 0xc00a, "ECDHE-ECDSA-AES256-SHA" },
	{ 0xc014, "ECDHE-RSA-AES256-SHA" },
	{ 0xc023, "ECDHE-ECDSA-AES128-SHA256" },
	{ 0xc027, "ECDHE-RSA-AES128-SHA256" },
	{ 0xc024, "ECDHE-ECDSA-AES256-SHA384" },
	{ 0xc028, "ECDHE-RSA-AES256-SHA384" },
	{ 0xc0ac, "ECDHE-ECDSA-AES128-CCM" },
	{ 0xc0ad, "ECDHE-ECDSA-AES256-CCM" },
	{ 0xc0ae, "ECDHE-ECDSA-AES128-CCM8" },
	{ 0xc0af, "ECDHE-ECDSA-AES256-CCM8" },
	{ 0xc05c, "ECDHE-ECDSA-ARIA128-GCM-SHA256" },
	{ 0xc05d, "ECDHE-ECDSA-ARIA256-GCM-SHA384" },
	{ 0xc060, "ECDHE-ARIA128-GCM-SHA256" },
	{ 0xc061, "ECDHE-ARIA256-GCM-SHA384" },
	{ 0xc072, "ECDHE-ECDSA-CAMELLIA128-SHA256" },
	{ 0xc073, "ECDHE-ECDSA-CAMELLIA256-SHA384" },
	{ 0xc076, "ECDHE-RSA-CAMELLIA128-SHA256" },
	{ 0xc077, "ECDHE-RSA-CAMELLIA256-SHA384" },
	{ 0x009e, "DHE-RSA-AES128-GCM-SHA256" },
	{ 0x009f, "DHE-RSA-AES256-GCM-SHA384" },
	{ 0xccaa, "DHE-RSA-CHACHA20-POLY1305" },
	{ 0xc09e, "DHE-RSA-AES128-CCM" },
	{ 0xc09f, "DHE-RSA-AES256-CCM" },
	{ 0xc0a2, "DHE-RSA-AES128-CCM8" },
	{ 0xc0a3, "DHE-RSA-AES256-CCM8" },
	{ 0xc052, "DHE-RSA-ARIA128-GCM-SHA256" },
	{ 0xc053, "DHE-RSA-ARIA256-GCM-SHA384" },
	{ 0x0067, "DHE-RSA-AES128-SHA256" },
	{ 0x006b, "DHE-RSA-AES256-SHA256" },
	{ 0x0033, "DHE-RSA-AES128-SHA" },
	{ 0x0039, "DHE-RSA-AES256-SHA" },
	{ 0x0045, "DHE-RSA-CAMELLIA128-SHA" },
	{ 0x0088, "DHE-RSA-CAMELLIA256-SHA" },
	{ 0x00be, "DHE-RSA-CAMELLIA128-SHA256" },
	{ 0x00c4, "DHE-RSA-CAMELLIA256-SHA256" },
	{ 0x0000, "other" }
};

unsigned
stats_version(unsigned wire)
{
	return wire == 0x0303 ? 0 : wire == 0x0304 ? 1 : STATS_VERSIONS - 1;
}

unsigned
stats_cipher(unsigned id)
{
	for (unsigned i = 0; i < STATS_CIPHERS - 1; i++)
		if (ciphers[i].id == id)
			return i;
	return STATS_CIPHERS - 1;
}

unsigned
stats_group(const char *name)
{
	for (unsigned i = 0; name != NULL && i < STATS_GROUPS - 1; i++)
		if (strcmp(stats_groups[i], name) == 0)
			return i;
	return name == NULL ? 0 : STATS_GROUPS - 1;
}

const char *
stats_cipher_name(unsigned place)
{
	return ciphers[place].name;
}

/* ------------------------------------------------- layout --------------- */

static uint64_t
hash(uint64_t h, const void *bytes, size_t n)
{
	for (const unsigned char *c = bytes; n-- > 0; c++)
		h = (h ^ *c) * 0x100000001b3;
	return h;
}

static uint64_t
hash_text(uint64_t h, const char *text)
{
	return hash(h, text, strlen(text) + 1);
}

uint64_t
stats_layout(uint64_t size)
{
	uint64_t h = hash(0xcbf29ce484222325, &size, sizeof size);

	for (size_t i = 0; i < stats_n_rows; i++) {
		const struct stats_row *r = &stats_rows[i];
		/* One more value in the room reserved for it is harmless. */
		const unsigned where[] = { r->kind, r->unit, r->place, r->at,
		    r->room > 0 ? r->room : r->n, r->n_bounds };

		h = hash_text(h, r->name);
		h = hash(h, where, sizeof where);
		if (r->n_bounds > 0)
			h = hash(h, r->bounds, r->n_bounds * sizeof *r->bounds);
		for (unsigned k = 0; r->room == 0 && r->values != NULL &&
		    k < r->n; k++)
			h = hash_text(h, r->values[k]);
	}
	for (unsigned i = 0; i < STATS_CIPHERS; i++)
		h = hash_text(h, ciphers[i].name);
	for (unsigned i = 0; i < STATS_GROUPS; i++)
		h = hash_text(h, stats_groups[i]);
	return h;
}
