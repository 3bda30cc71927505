/*
 * plan.c - what every client of one run does.
 */
#include <err.h>
#include <string.h>

#include <openssl/ssl.h>

#include "crew.h"
#include "plan.h"

#define REQUEST_SIZE	200	/* of a small request, head and all */
#define STALLED_BYTES	50000000

enum ask { ASK_SMALL, ASK_LAST, ASK_DOWNLOAD, ASK_UPLOAD, ASK_HUGE };

static const struct mode {
	const char *name;
	enum plan_depth depth;
	enum ask ask;
	bool fresh, held, resumes;
	const char *help;
} modes[] = {
	{ .name = "full", .depth = DEPTH_TLS, .ask = ASK_LAST, .fresh = true,
	  .help = "a full handshake and one small request, again and again" },
	{ .name = "resume", .depth = DEPTH_TLS, .ask = ASK_LAST,
	  .fresh = true, .resumes = true,
	  .help = "the same with a session that is resumed" },
	{ .name = "keepalive", .depth = DEPTH_TLS, .ask = ASK_SMALL,
	  .help = "small requests on connections that stay open" },
	{ .name = "download", .depth = DEPTH_TLS, .ask = ASK_DOWNLOAD,
	  .help = "--bytes from the server" },
	{ .name = "upload", .depth = DEPTH_TLS, .ask = ASK_UPLOAD,
	  .help = "--bytes to the server" },
	{ .name = "idle", .depth = DEPTH_REPLY, .ask = ASK_SMALL,
	  .held = true, .help = "held: one request answered, then nothing" },
	{ .name = "half", .depth = DEPTH_HALF, .held = true,
	  .help = "held: half a ClientHello" },
	{ .name = "silent", .depth = DEPTH_TCP, .held = true,
	  .help = "held: connected, nothing sent" },
	{ .name = "stalled", .depth = DEPTH_ASKED, .ask = ASK_HUGE,
	  .held = true, .help = "held: asks for 50 MB and reads nothing" },
};

static const struct cipher {
	const char *name, *tls13, *tls12;
} ciphers[] = {
	{ "aes128", "TLS_AES_128_GCM_SHA256", "ECDHE+AES128+AESGCM" },
	{ "aes256", "TLS_AES_256_GCM_SHA384", "ECDHE+AES256+AESGCM" },
	{ "chacha20", "TLS_CHACHA20_POLY1305_SHA256", "ECDHE+CHACHA20" },
};

#define COUNT(rows)	(sizeof (rows) / sizeof *(rows))

void
plan_list(FILE *f)
{
	const struct mode *m;

	for (m = modes; m < modes + COUNT(modes); m++)
		fprintf(f, "  %-10s %s\n", m->name, m->help);
}

static const struct mode *
find_mode(const char *name)
{
	const struct mode *m;

	for (m = modes; m < modes + COUNT(modes); m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

/* A small request is padded to its size with a header nobody reads. */
static void
pad(struct plan *p)
{
	char *at = p->request + p->request_len - 2;
	int fill = (int)(REQUEST_SIZE - p->request_len) - 10;

	snprintf(at, sizeof p->request - p->request_len + 2,
	    "X-Fill: %0*d\r\n\r\n", fill, 0);
	p->request_len = strlen(p->request);
}

static void
write_request(struct plan *p, enum ask ask, uint64_t bytes)
{
	unsigned long long n = bytes;
	char *to = p->request;
	size_t room = sizeof p->request;
	const char *host = "Host: bench.example\r\n";

	switch (ask) {
	case ASK_SMALL:
		snprintf(to, room, "GET /small HTTP/1.1\r\n%s\r\n", host);
		break;
	case ASK_LAST:
		snprintf(to, room, "GET /small HTTP/1.1\r\n%s"
		    "Connection: close\r\n\r\n", host);
		break;
	case ASK_HUGE:
		n = STALLED_BYTES;
		/* FALLTHROUGH */
	case ASK_DOWNLOAD:
		snprintf(to, room, "GET /bytes/%llu HTTP/1.1\r\n%s\r\n", n,
		    host);
		break;
	case ASK_UPLOAD:
		snprintf(to, room, "POST /sink HTTP/1.1\r\n%s"
		    "Content-Length: %llu\r\n\r\n", host, n);
		p->upload = bytes;
		break;
	}
	p->request_len = strlen(to);
	p->down = ask != ASK_UPLOAD;
	if (ask == ASK_SMALL || ask == ASK_LAST)
		pad(p);
}

/* Whose certificate it is costs us time and tells us nothing. */
static int
trust_anyone(X509_STORE_CTX *store, void *arg)
{
	(void)store;
	(void)arg;
	return 1;
}

static bool
make_ctx(struct plan *p, const struct plan_wish *w)
{
	int version = strcmp(w->tls, "1.2") == 0 ? TLS1_2_VERSION :
	    TLS1_3_VERSION;
	const struct cipher *c = ciphers;

	while (c < ciphers + COUNT(ciphers) && strcmp(c->name, w->cipher) != 0)
		c++;
	if (c == ciphers + COUNT(ciphers))
		return false;
	p->ctx = SSL_CTX_new(TLS_client_method());
	if (p->ctx == NULL)
		return false;
	SSL_CTX_set_mode(p->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_cert_verify_callback(p->ctx, trust_anyone, NULL);
	/* Whether a server says close_notify is not what is measured here. */
	SSL_CTX_set_options(p->ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	return SSL_CTX_set_min_proto_version(p->ctx, version) == 1 &&
	    SSL_CTX_set_max_proto_version(p->ctx, version) == 1 &&
	    SSL_CTX_set_ciphersuites(p->ctx, c->tls13) == 1 &&
	    SSL_CTX_set_cipher_list(p->ctx, c->tls12) == 1 &&
	    SSL_CTX_set1_groups_list(p->ctx, "X25519:P-256") == 1;
}

static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct plan *p = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (p->session != NULL)
		return 0;
	p->session = session;
	return 1;
}

/* One connection like those to come, whose session they will offer. */
static bool
get_session(struct plan *p)
{
	struct crew w;

	SSL_CTX_set_app_data(p->ctx, p);
	SSL_CTX_set_session_cache_mode(p->ctx, SSL_SESS_CACHE_CLIENT |
	    SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(p->ctx, keep_session);
	crew_init(&w, p, 1);
	crew_work(&w, 1, 5);
	crew_free(&w);
	SSL_CTX_sess_set_new_cb(p->ctx, NULL);
	return p->session != NULL;
}

bool
plan_make(struct plan *p, const struct plan_wish *w)
{
	const struct mode *m = find_mode(w->mode);

	memset(p, 0, sizeof *p);
	if (m == NULL || !net_parse(w->address, &p->to)) {
		warnx("%s %s: no such mode or address", w->mode, w->address);
		return false;
	}
	p->depth = m->depth;
	p->fresh = m->fresh;
	p->held = m->held;
	write_request(p, m->ask, w->bytes);
	if (!make_ctx(p, w)) {
		warnx("TLS %s, %s: not possible", w->tls, w->cipher);
		return false;
	}
	if (m->resumes && !get_session(p))
		warnx("%s gives no session to resume", w->address);
	return true;
}

void
plan_free(struct plan *p)
{
	SSL_SESSION_free(p->session);
	SSL_CTX_free(p->ctx);
	memset(p, 0, sizeof *p);
}
