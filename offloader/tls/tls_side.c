/*
 * tls_side.c - one TLS session as a side: the client's end of a connection.
 */
#include <string.h>

#include <openssl/x509.h>

#include "auth/client_allow.h"
#include "auth/client_auth.h"
#include "relay/plain_side.h"
#include "tls/tls_side.h"

#define EMPTY_FREE	32		/* messages without data */
#define EMPTY_EACH	65536		/* bytes of data that make up for one */

enum io
tls_fail(struct tls_side *t, enum tls_fault why)
{
	unsigned long last = ERR_peek_last_error();

	t->fault = why;
	t->reason = ERR_peek_error();
	if (client_auth_is_refusal(t->reason))
		t->fault = TLS_NOT_ALLOWED;
	else if (ERR_GET_LIB(last) == ERR_LIB_SSL &&
	    ERR_GET_REASON(last) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
		/* The first error of the verification tells less. */
		t->reason = last;
		t->verify = SSL_get_verify_result(t->ssl);
	}
	ERR_clear_error();
	return IO_ERROR;
}

/*
 * SSL_MODE_AUTO_RETRY is off, so that SSL_read() comes back after each message
 * that carries no data. There are honest ones (KeyUpdate); a client that sends
 * little else wants to keep us busy. True if this message is one too many.
 */
static bool
add_empty_message(struct tls_side *t)
{
	return ++t->empty_messages > EMPTY_FREE;
}

/* Data makes up for it, in proportion. */
static void
forgive_empty(struct tls_side *t, size_t data)
{
	if (t->empty_messages == 0)
		return;
	for (t->data_bytes += data; t->data_bytes >= EMPTY_EACH &&
	    t->empty_messages > 0; t->data_bytes -= EMPTY_EACH)
		t->empty_messages--;
}

enum io
tls_judge(struct tls_side *t, int ret)
{
	switch (SSL_get_error(t->ssl, ret)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		break;
	case SSL_ERROR_ZERO_RETURN:
		return IO_EOF;
	default:
		return tls_fail(t, t->bio.failed ? TLS_RESET : TLS_PROTOCOL);
	}
	if (tls_bio_has_input(&t->bio))
		return add_empty_message(t) ? tls_fail(t, TLS_FLOOD) : IO_OK;
	if (t->bio.failed)
		return tls_fail(t, TLS_RESET);
	if (t->bio.eof) {
		t->cut = true;
		return IO_EOF;
	}
	return IO_WAIT;
}

/* Whether another read could bring anything; asking OpenSSL costs more. */
static bool
has_more(const struct tls_side *t)
{
	return tls_bio_has_input(&t->bio) || SSL_pending(t->ssl) > 0;
}

/* Reads records until the buffer is full or something else comes. */
static enum io
read_records(struct tls_side *t, uint8_t *buf, size_t size, size_t *n)
{
	enum io io = IO_OK;

	do {
		size_t got = 0;
		int ret;

		tls_forget_errors();
		ret = SSL_read_ex(t->ssl, buf + *n, size - *n, &got);
		if (ret == 1)
			*n += got;
		else
			io = tls_judge(t, ret);
	} while (io == IO_OK && *n < size && (*n == 0 || has_more(t)));
	return io;
}

static enum io
tls_read(struct side *s, void *buf, size_t size, size_t *n)
{
	struct tls_side *t = (struct tls_side *)s;
	size_t waits = t->bio.out.len;
	enum io io;

	*n = 0;
	if (t->ended != IO_OK)
		return t->ended;
	tls_bio_begin(&t->bio, size < TLS_BIO_IN ? size : TLS_BIO_IN);
	io = read_records(t, buf, size, n);
	/* A reply that cannot be sent is the reader's trouble soon enough. */
	(void)tls_bio_end(&t->bio);
	/* One that has to wait comes of asking without listening. */
	if (t->bio.out.len > waits && add_empty_message(t))
		io = tls_fail(t, TLS_FLOOD);
	forgive_empty(t, *n);
	if (io == IO_EOF || io == IO_ERROR)
		t->ended = io;
	s->holds = t->ended != IO_OK || has_more(t);
	return *n > 0 ? IO_OK : io;
}

static enum io
tls_write(struct side *s, const void *bytes, size_t len)
{
	struct tls_side *t = (struct tls_side *)s;
	size_t n;

	tls_bio_begin(&t->bio, 0);
	tls_forget_errors();
	/* Our BIO takes everything, so OpenSSL does too. */
	if (SSL_write_ex(t->ssl, bytes, len, &n) != 1) {
		(void)tls_bio_end(&t->bio);
		return tls_fail(t, t->bio.failed ? TLS_RESET : TLS_PROTOCOL);
	}
	return tls_bio_end(&t->bio);
}

static enum io
tls_flush(struct side *s)
{
	struct tls_side *t = (struct tls_side *)s;

	return plain_catch_up(s, &t->bio.out, s->fd);
}

static bool
tls_room(const struct side *s)
{
	return plain_has_room(s->fd);
}

static enum io
tls_finish(struct side *s)
{
	struct tls_side *t = (struct tls_side *)s;
	int ret;

	tls_bio_begin(&t->bio, 0);
	tls_forget_errors();
	ret = SSL_shutdown(t->ssl);
	tls_forget_errors();
	return tls_bio_end(&t->bio) == IO_OK && ret >= 0 ? IO_OK : IO_ERROR;
}

static size_t
tls_waiting(const struct side *s)
{
	return ((const struct tls_side *)s)->bio.out.len;
}

static void
tls_clear(struct side *s)
{
	tls_side_clear((struct tls_side *)s);
}

static const struct side_ops tls_ops = {
	.read = tls_read,
	.write = tls_write,
	.flush = tls_flush,
	.has_room = tls_room,
	.finish = tls_finish,
	.waiting = tls_waiting,
	.clear = tls_clear
};

void
tls_side_init(struct tls_side *t, struct tls_buffers *buffers,
    struct pool *pool, int fd)
{
	*t = (struct tls_side){
		.side = { .ops = &tls_ops, .fd = fd },
		.bio = { .side = &t->side, .buffers = buffers,
		    .out = { .pool = pool }, .pending = { .pool = pool } }
	};
}

/*
 * A signature may be under way: the handshake must return here before its
 * memory is freed. Its result is ignored.
 */
static void
end_handshake(struct tls_side *t)
{
	t->bio.failed = true;
	tls_bio_begin(&t->bio, 0);
	async_call_end(&t->call);
	(void)tls_bio_end(&t->bio);
	ERR_clear_error();
}

void
tls_side_end_session(struct tls_side *t)
{
	if (async_call_waits(&t->call))
		end_handshake(t);
	else
		async_call_end(&t->call);
	SSL_free(t->ssl);
	t->ssl = NULL;
	outqueue_clear(&t->bio.pending);
}

void
tls_side_clear(struct tls_side *t)
{
	tls_side_end_session(t);
	tls_bio_clear(&t->bio);
	site_choice_clear(&t->choice);
}

const char *
tls_side_fault(const struct tls_side *t)
{
	const char *reason;

	switch (t->fault) {
	case TLS_NO_FAULT:	return "none";
	case TLS_LEFT:		return "client left";
	case TLS_RESET:		return "connection reset";
	case TLS_NOT_ALLOWED:	return "certificate matches no client-allow";
	case TLS_FLOOD:		return "messages without data";
	case TLS_NO_MEMORY:	return "out of memory";
	case TLS_KEYGUARD:	return "no signer was ready";
	case TLS_PROTOCOL:	break;
	}
	if (t->choice.refused != NULL)
		return t->choice.refused;
	reason = ERR_reason_error_string(t->reason);
	return reason != NULL ? reason : "protocol error";
}

const char *
tls_side_verdict(const struct tls_side *t)
{
	return t->verify != X509_V_OK ?
	    X509_verify_cert_error_string(t->verify) : NULL;
}

/* ------------------------------------------------- facts ----------------- */

#define NO_CERTIFICATE	1	/* verify without one: anything but 0 */

static struct proxy_value
text(const char *s)
{
	return (struct proxy_value){ s, s != NULL ? strlen(s) : 0 };
}

/*
 * The signature scheme's registered name (RFC 8446 section 4.2.3) from what
 * OpenSSL 3.0 can be asked for: the key's kind and the hash.
 */
static const char *
scheme(SSL *ssl)
{
	static const struct {
		int type, hash;
		const char *name;
	} schemes[] = {
		{ NID_X9_62_id_ecPublicKey, NID_sha256,
		    "ecdsa_secp256r1_sha256" },
		{ NID_X9_62_id_ecPublicKey, NID_sha384,
		    "ecdsa_secp384r1_sha384" },
		{ NID_X9_62_id_ecPublicKey, NID_sha512,
		    "ecdsa_secp521r1_sha512" },
		{ NID_ED25519, NID_undef, "ed25519" },
		{ NID_ED448, NID_undef, "ed448" },
		{ NID_rsassaPss, NID_sha256, "rsa_pss_rsae_sha256" },
		{ NID_rsassaPss, NID_sha384, "rsa_pss_rsae_sha384" },
		{ NID_rsassaPss, NID_sha512, "rsa_pss_rsae_sha512" },
		{ NID_rsaEncryption, NID_sha256, "rsa_pkcs1_sha256" },
		{ NID_rsaEncryption, NID_sha384, "rsa_pkcs1_sha384" },
		{ NID_rsaEncryption, NID_sha512, "rsa_pkcs1_sha512" },
	};
	int type = NID_undef, hash = NID_undef;

	/* A resumed session has no signature. */
	if (SSL_session_reused(ssl) ||
	    SSL_get_signature_type_nid(ssl, &type) != 1)
		return NULL;
	SSL_get_signature_nid(ssl, &hash);
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (schemes[i].type == type && (schemes[i].hash == hash ||
		    schemes[i].hash == NID_undef))
			return schemes[i].name;
	return NULL;
}

static struct proxy_value
alpn(SSL *ssl)
{
	const unsigned char *name;
	unsigned len;

	SSL_get0_alpn_selected(ssl, &name, &len);
	return (struct proxy_value){ len > 0 ? name : NULL, len };
}

static struct proxy_value
common_name(struct tls_facts *f)
{
	int len = 0;

	f->cn = subject_cn(f->peer, &len);
	return (struct proxy_value){ f->cn, f->cn != NULL ? (size_t)len : 0 };
}

/* A certificate that was not verified is left out. */
static void
client_facts(struct tls_facts *f, SSL *ssl, bool want_der,
    struct proxy_facts *p)
{
	long verify = SSL_get_verify_result(ssl);
	int len;

	f->peer = SSL_get0_peer_certificate(ssl);
	p->verify = NO_CERTIFICATE;
	if (f->peer == NULL)
		return;
	p->verify = (uint32_t)verify;
	if (verify != X509_V_OK)
		return;
	p->client_flags |= PROXY_CLIENT_CERT_SESS;
	if (!SSL_session_reused(ssl))
		p->client_flags |= PROXY_CLIENT_CERT_CONN;
	p->cn = common_name(f);
	if (want_der && (len = i2d_X509(f->peer, &f->client_cert)) > 0)
		p->client_cert = (struct proxy_value){ f->client_cert,
		    (size_t)len };
}

void
tls_facts_get(struct tls_facts *f, const struct tls_side *t, bool want_der,
    struct proxy_facts *p)
{
	const struct cert *c = t->choice.cert;

	*f = (struct tls_facts){ 0 };
	p->tls = true;
	p->client_flags = PROXY_CLIENT_SSL;
	p->version = text(SSL_get_version(t->ssl));
	p->cipher = text(SSL_get_cipher_name(t->ssl));
	p->group = text(SSL_group_to_name(t->ssl,
	    (int)SSL_get_negotiated_group(t->ssl)));
	p->sig_scheme = text(scheme(t->ssl));
	p->alpn = alpn(t->ssl);
	p->authority = text(t->choice.sni);
	p->ja4 = text(t->choice.ja4);
	p->sig_alg = text(c->sig_alg);
	p->key_alg = text(c->key_alg);
	client_facts(f, t->ssl, want_der, p);
}

void
tls_facts_clear(struct tls_facts *f)
{
	OPENSSL_free(f->cn);
	OPENSSL_free(f->client_cert);
	*f = (struct tls_facts){ 0 };
}
