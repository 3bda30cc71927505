/*
 * tls_facts.c - what a finished handshake tells the backend.
 */
#include <string.h>

#include <openssl/x509.h>

#include "auth/client_allow.h"
#include "tls/tls_facts.h"

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
