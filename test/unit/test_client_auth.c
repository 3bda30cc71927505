/*
 * test_client_auth.c - who may come in, and with whose session.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/ssl.h>

#include "auth/client_auth.h"
#include "base/slot.h"
#include "folder.h"
#include "issuer.h"
#include "shake.h"
#include "tls/ticket.h"

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static struct folder folder;
static struct test_cert server, ca_a, ca_b, sub, of_a, of_b, of_sub, self;
static char *ca_file[6], *crl_file[3];
static struct slot *tickets;
static struct ticket_context *ticket_keys;

/* Files of CAs, by what is in them. */
enum { CA_A, CA_B, CA_AB, CA_BA, CA_AA, CA_SUB };

/* Files of revocation lists: nothing is revoked, "of A" is, and "sub" is. */
enum { CRL_EMPTY = 1, CRL_OF_A, CRL_SUB };

static void
write_cas(int i, const char *name, const struct test_cert *one,
    const struct test_cert *two)
{
	FILE *f = fopen(folder_file(&folder, name), "w");
	char *text = issuer_cert_text(one->cert);

	assert_non_null(f);
	fputs(text, f);
	free(text);
	if (two != NULL) {
		text = issuer_cert_text(two->cert);
		fputs(text, f);
		free(text);
	}
	assert_int_equal(fclose(f), 0);
	ca_file[i] = strdup(folder.file);
}

/* Lists of A and, as whole chains need, of the one below it. */
static void
write_crls(int i, const char *name, const struct test_cert *revoked)
{
	char *of_root = issuer_crl_text(&(struct crl_request){ .by = &ca_a,
	    .revoked = { revoked } }), *both, *of_below;

	of_below = issuer_crl_text(&(struct crl_request){ .by = &sub });
	assert_true(asprintf(&both, "%s%s", of_root, i == CRL_OF_A ? "" :
	    of_below) > 0);
	folder_write(&folder, name, both, strlen(both));
	crl_file[i - 1] = strdup(folder.file);
	free(of_root);
	free(of_below);
	free(both);
}

static int
set_up(void **state)
{
	(void)state;
	if (folder_make(&folder) != 0)
		return -1;
	server = issuer_name("server", NULL);
	ca_a = issuer_make(&(struct request){ .cn = "A", .ca = true });
	ca_b = issuer_make(&(struct request){ .cn = "B", .ca = true });
	sub = issuer_make(&(struct request){ .cn = "sub", .ca = true,
	    .by = &ca_a });
	of_a = issuer_make(&(struct request){ .cn = "of A", .by = &ca_a });
	of_b = issuer_make(&(struct request){ .cn = "of B", .by = &ca_b });
	of_sub = issuer_make(&(struct request){ .cn = "of sub", .by = &sub });
	self = issuer_name("self", NULL);
	write_cas(CA_A, "a.pem", &ca_a, NULL);
	write_cas(CA_B, "b.pem", &ca_b, NULL);
	write_cas(CA_AB, "ab.pem", &ca_a, &ca_b);
	write_cas(CA_BA, "ba.pem", &ca_b, &ca_a);
	write_cas(CA_AA, "aa.pem", &ca_a, &ca_a);
	write_cas(CA_SUB, "sub.pem", &ca_a, &sub);
	write_crls(CRL_EMPTY, "empty.crl", NULL);
	write_crls(CRL_OF_A, "of_a.crl", &of_a);
	write_crls(CRL_SUB, "sub.crl", &sub);
	tickets = slot_new();
	ticket_keys = ticket_context_new(tickets);
	return ticket_keys == NULL ? -1 : ticket_rotate(tickets);
}

static int
tear_down(void **state)
{
	struct test_cert *all[] = { &server, &ca_a, &ca_b, &sub, &of_a, &of_b,
	    &of_sub, &self };

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		issuer_free(all[i]);
	for (size_t i = 0; i < sizeof ca_file / sizeof *ca_file; i++)
		free(ca_file[i]);
	for (size_t i = 0; i < sizeof crl_file / sizeof *crl_file; i++)
		free(crl_file[i]);
	ticket_context_free(ticket_keys);
	slot_free(tickets);
	return folder_remove(&folder);
}

/* A policy in few words. */
struct policy {
	unsigned verify;
	int ca;			/* of ca_file; -1: none */
	const char *at;		/* which listener */
	int crl;		/* 1 + of crl_file; 0: none */
	int depth;		/* 0: as usual; else 1 + it */
	const char *allow;
	bool leaf_only, hidden;
};

/* At the defaults but for these. */
static struct client_conf
terms(unsigned verify, char *ca)
{
	return (struct client_conf){ .verify = verify, .ca = ca,
	    .crl_check = CRL_CHECK_CHAIN, .depth = 9, .advertise = true };
}

static struct client_auth *
auth_new(const struct client_conf *conf, const char *listener)
{
	const char *option;
	struct err e;
	struct client_auth *a = client_auth_new(conf, listener, &option, &e);

	if (a == NULL)
		fail_msg("%s: %s", option, e.text);
	assert_int_equal(ERR_peek_error(), 0);
	return a;
}

static struct client_auth *
policy_new(const struct policy *p)
{
	struct client_conf conf = terms(p->verify,
	    p->ca == -1 ? NULL : ca_file[p->ca]);
	char *allow = (char *)p->allow;

	if (p->crl > 0)
		conf.crl = crl_file[p->crl - 1];
	if (p->depth > 0)
		conf.depth = p->depth - 1;
	if (p->allow != NULL)
		conf.allow = (struct strlist){ &allow, 1 };
	if (p->leaf_only)
		conf.crl_check = CRL_CHECK_LEAF;
	conf.advertise = !p->hidden;
	return auth_new(&conf, p->at);
}

/* The context of a frontend under the first policy. */
static SSL_CTX *
context(const struct client_auth *all)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	assert_int_equal(SSL_CTX_use_cert_and_key(ctx, server.cert, server.key,
	    NULL, 1), 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 1);
	ticket_context_serve(ticket_keys, ctx);
	assert_int_equal(client_auth_for_all(all, ctx), 0);
	return ctx;
}

/* A client who shows this test_cert (NULL: none) if he is asked for one. */
static SSL *
client_new(int version, const struct test_cert *test_cert)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *client;

	SSL_CTX_set_min_proto_version(ctx, version);
	SSL_CTX_set_max_proto_version(ctx, version);
	if (test_cert != NULL)
		assert_int_equal(SSL_CTX_use_cert_and_key(ctx, test_cert->cert,
		    test_cert->key, NULL, 1), 1);
	client = SSL_new(ctx);
	SSL_CTX_free(ctx);
	return client;
}

static void
part(SSL *s, SSL *c)
{
	SSL_set_shutdown(s, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_set_shutdown(c, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(s);
	SSL_free(c);
	ERR_clear_error();
}

/* ------------------------------------------------- who may come in ----- */

static void
test_a_policy_lets_in_whom_it_should(void **state)
{
	static const struct {
		struct policy policy;
		const struct test_cert *test_cert;
		bool in;
	} rows[] = {
		{ { VERIFY_NONE, -1, .at = "l" }, NULL, true },
		{ { VERIFY_NONE, -1, .at = "l" }, &of_a, true },
		{ { VERIFY_OPTIONAL, CA_A, .at = "l" }, NULL, true },
		{ { VERIFY_OPTIONAL, CA_A, .at = "l" }, &of_a, true },
		{ { VERIFY_OPTIONAL, CA_A, .at = "l" }, &of_b, false },
		{ { VERIFY_OPTIONAL, CA_A, .at = "l" }, &self, false },
		{ { VERIFY_REQUIRED, CA_A, .at = "l" }, NULL, false },
		{ { VERIFY_REQUIRED, CA_A, .at = "l" }, &of_a, true },
		{ { VERIFY_REQUIRED, CA_A, .at = "l" }, &of_b, false },
		{ { VERIFY_REQUIRED, CA_A, .at = "l" }, &self, false },
		{ { VERIFY_REQUIRED, CA_AB, .at = "l" }, &of_a, true },
		{ { VERIFY_REQUIRED, CA_AB, .at = "l" }, &of_b, true },
		{ { VERIFY_REQUIRED, CA_BA, .at = "l" }, &of_a, true },
		{ { VERIFY_REQUIRED, CA_AA, .at = "l" }, &of_a, true },
		{ { VERIFY_REQUIRED, CA_A, .at = "l" }, &of_sub, false },
		{ { VERIFY_REQUIRED, CA_SUB, .at = "l" }, &of_sub, true },

		{ { VERIFY_OPTIONAL_NO_CA, CA_A, .at = "l" }, NULL, true },
		{ { VERIFY_OPTIONAL_NO_CA, CA_A, .at = "l" }, &of_a, true },
		{ { VERIFY_OPTIONAL_NO_CA, CA_A, .at = "l" }, &of_b, true },
		{ { VERIFY_OPTIONAL_NO_CA, CA_A, .at = "l" }, &self, true },

		{ { VERIFY_REQUIRED, CA_A, .at = "l", .depth = 1 }, &of_a,
		    true },
		{ { VERIFY_REQUIRED, CA_SUB, .at = "l", .depth = 1 }, &of_sub,
		    false },
		{ { VERIFY_REQUIRED, CA_SUB, .at = "l", .depth = 2 }, &of_sub,
		    true },

		{ { VERIFY_REQUIRED, CA_SUB, .at = "l", .crl = CRL_EMPTY },
		    &of_a, true },
		{ { VERIFY_REQUIRED, CA_SUB, .at = "l", .crl = CRL_EMPTY },
		    &of_sub, true },
		{ { VERIFY_REQUIRED, CA_SUB, .at = "l", .crl = CRL_OF_A },
		    &of_a, false },
		{ { VERIFY_OPTIONAL, CA_SUB, .at = "l", .crl = CRL_OF_A },
		    &of_a, false },
		{ { VERIFY_OPTIONAL, CA_SUB, .at = "l", .crl = CRL_OF_A }, NULL,
		    true },
		/* Nobody can say whether "of sub" is revoked. */
		{ { VERIFY_REQUIRED, CA_SUB, .at = "l", .crl = CRL_OF_A },
		    &of_sub, false },
		{ { VERIFY_REQUIRED, CA_SUB, .at = "l", .crl = CRL_OF_A,
		    .leaf_only = true }, &of_sub, false },
		{ { VERIFY_REQUIRED, CA_SUB, .at = "l", .crl = CRL_OF_A,
		    .leaf_only = true }, &of_a, false },
		{ { VERIFY_REQUIRED, CA_SUB, .at = "l", .crl = CRL_SUB },
		    &of_sub, false },
		{ { VERIFY_REQUIRED, CA_SUB, .at = "l", .crl = CRL_SUB,
		    .leaf_only = true }, &of_sub, true },

		{ { VERIFY_REQUIRED, CA_AB, .at = "l", .allow = "CN=of A" },
		    &of_a, true },
		{ { VERIFY_REQUIRED, CA_AB, .at = "l", .allow = "CN=of A" },
		    &of_b, false },
		{ { VERIFY_OPTIONAL, CA_AB, .at = "l", .allow = "CN=of A" },
		    &of_b, false },
		{ { VERIFY_OPTIONAL, CA_AB, .at = "l", .allow = "CN=of A" },
		    NULL, true },
		{ { VERIFY_OPTIONAL_NO_CA, CA_AB, .at = "l",
		    .allow = "CN=of A" },
		    &of_b, true },
		/* To be on the list is not to be verified. */
		{ { VERIFY_REQUIRED, CA_A, .at = "l", .allow = "CN=self" },
		    &self,
		    false },
	};
	const struct policy open = { VERIFY_NONE, -1, .at = "l" };
	const struct policy closed = { VERIFY_REQUIRED, CA_B, .at = "l" };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int how = 0; how < 6; how++) {
			struct client_auth *own = policy_new(&rows[i].policy);
			/* The policy of all, or of one among others. */
			struct client_auth *all = policy_new(how < 2 ?
			    &rows[i].policy : how < 4 ? &open : &closed);
			SSL_CTX *ctx = context(all);
			SSL *s = SSL_new(ctx);
			SSL *c = client_new(versions[how % 2],
			    rows[i].test_cert);

			if (how >= 2)
				assert_int_equal(client_auth_for_one(own, s),
				    0);
			if (shake(s, c) != rows[i].in)
				fail_msg("row %zu, way %d", i, how);
			part(s, c);
			SSL_CTX_free(ctx);
			client_auth_free(all);
			client_auth_free(own);
		}
	client_auth_free(NULL);
}

/* What the header says comes of this; also when the session is resumed. */
static void
test_what_was_wrong_is_kept_in_the_session(void **state)
{
	static const struct {
		struct policy policy;
		const struct test_cert *test_cert;
		long verify;
	} rows[] = {
		{ { VERIFY_OPTIONAL_NO_CA, CA_A, .at = "l" }, &of_a,
		    X509_V_OK },
		{ { VERIFY_OPTIONAL_NO_CA, CA_A, .at = "l" }, &of_b,
		    X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
		{ { VERIFY_OPTIONAL_NO_CA, CA_A, .at = "l" }, &self,
		    X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT },
		{ { VERIFY_OPTIONAL_NO_CA, CA_SUB, .at = "l", .crl = CRL_OF_A },
		    &of_a,
		    X509_V_ERR_CERT_REVOKED },
		{ { VERIFY_OPTIONAL_NO_CA, CA_SUB, .at = "l", .crl = CRL_OF_A },
		    &of_sub,
		    X509_V_ERR_UNABLE_TO_GET_CRL },
		{ { VERIFY_OPTIONAL_NO_CA, CA_SUB, .at = "l", .depth = 1 },
		    &of_sub,
		    X509_V_ERR_CERT_CHAIN_TOO_LONG },
		{ { VERIFY_OPTIONAL_NO_CA, CA_A, .at = "l", .allow = "CN=x" },
		    &of_a, X509_V_ERR_CERT_REJECTED },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		struct client_auth *a = policy_new(&rows[i / 2].policy);
		SSL_CTX *ctx = context(a);
		SSL *s = SSL_new(ctx);
		SSL *c = client_new(versions[i % 2], rows[i / 2].test_cert);
		SSL_SESSION *session;

		assert_true(shake(s, c));
		assert_non_null(SSL_get0_peer_certificate(s));
		assert_int_equal(SSL_get_verify_result(s), rows[i / 2].verify);
		assert_int_equal(ERR_peek_error(), 0);
		session = SSL_get1_session(c);
		part(s, c);
		s = SSL_new(ctx);
		c = client_new(versions[i % 2], NULL);
		assert_int_equal(SSL_set_session(c, session), 1);
		assert_true(shake(s, c));
		assert_true(SSL_session_reused(s));
		assert_int_equal(SSL_get_verify_result(s), rows[i / 2].verify);
		SSL_SESSION_free(session);
		part(s, c);
		SSL_CTX_free(ctx);
		client_auth_free(a);
	}
}

/* A key that claims to be the first one's and signs as the second. */
static EVP_PKEY *
forge(const EVP_PKEY *claimed, const EVP_PKEY *real)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *forged = NULL;
	unsigned char point[65];
	BIGNUM *secret = NULL;
	OSSL_PARAM *params;
	size_t len;

	EVP_PKEY_get_octet_string_param(claimed, OSSL_PKEY_PARAM_PUB_KEY,
	    point, sizeof point, &len);
	EVP_PKEY_get_bn_param(real, OSSL_PKEY_PARAM_PRIV_KEY, &secret);
	OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME,
	    "P-256", 0);
	OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point,
	    len);
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, secret);
	params = OSSL_PARAM_BLD_to_param(b);
	EVP_PKEY_fromdata_init(ctx);
	EVP_PKEY_fromdata(ctx, &forged, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(ctx);
	BN_free(secret);
	assert_non_null(forged);
	return forged;
}

/* Everybody may have seen a certificate; only its owner has the key. */
static void
test_nobody_comes_in_with_anothers_certificate(void **state)
{
	static const unsigned modes[] = { VERIFY_OPTIONAL,
	    VERIFY_OPTIONAL_NO_CA, VERIFY_REQUIRED };
	const struct test_cert stolen = { forge(of_a.key, of_b.key),
	    of_a.cert };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof modes / sizeof *modes; i++) {
		struct client_auth *a = policy_new(&(struct policy){
		    modes[i / 2], CA_A, .at = "l" });
		SSL_CTX *ctx = context(a);
		SSL *s = SSL_new(ctx), *c = client_new(versions[i % 2],
		    &stolen);

		assert_false(shake(s, c));
		assert_false(SSL_is_init_finished(s));
		part(s, c);
		SSL_CTX_free(ctx);
		client_auth_free(a);
	}
	EVP_PKEY_free(stolen.key);
}

static void
test_clients_are_told_whose_certificates_count(void **state)
{
	static const struct {
		struct policy all, one;
		const char *told;
	} rows[] = {
		{ { VERIFY_OPTIONAL, CA_A, .at = "l" },
		    { VERIFY_OPTIONAL, CA_A, .at = "l" },
		    "A" },
		{ { VERIFY_OPTIONAL, CA_AB, .at = "l" },
		    { VERIFY_OPTIONAL, CA_AB, .at = "l" },
		    "AB" },
		{ { VERIFY_OPTIONAL, CA_A, .at = "l" },
		    { VERIFY_REQUIRED, CA_B, .at = "l" },
		    "B" },
		{ { VERIFY_NONE, -1, .at = "l" }, { VERIFY_REQUIRED, CA_BA,
		    .at = "l" },
		    "BA" },
		{ { VERIFY_REQUIRED, CA_A, .at = "l" },
		    { VERIFY_NONE, -1, .at = "l" }, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct client_auth *all = policy_new(&rows[i].all);
		struct client_auth *one = policy_new(&rows[i].one);
		SSL_CTX *ctx = context(all);
		SSL *s = SSL_new(ctx), *c = client_new(TLS1_3_VERSION, &of_b);
		const STACK_OF(X509_NAME) *told;
		char names[64] = "";

		assert_int_equal(client_auth_for_one(one, s), 0);
		(void)shake(s, c);
		told = SSL_get0_peer_CA_list(c);
		for (int k = 0; k < sk_X509_NAME_num(told); k++)
			X509_NAME_get_text_by_NID(sk_X509_NAME_value(told, k),
			    NID_commonName, names + strlen(names), 8);
		assert_string_equal(names, rows[i].told);
		part(s, c);
		SSL_CTX_free(ctx);
		client_auth_free(all);
		client_auth_free(one);
	}
}

/* ------------------------------------------------- sessions ------------ */

/* All that is different from one another; "a1" may not be "a" and "1". */
static const struct policy policies[] = {
	{ VERIFY_NONE, -1, .at = "l" },
	{ VERIFY_OPTIONAL, CA_A, .at = "l" },
	{ VERIFY_REQUIRED, CA_A, .at = "l" },
	{ VERIFY_REQUIRED, CA_B, .at = "l" },
	{ VERIFY_REQUIRED, CA_AB, .at = "l" },
	{ VERIFY_REQUIRED, CA_A, .at = "l1" },
	{ VERIFY_NONE, -1, .at = "l1" },
	{ VERIFY_NONE, -1, .at = "" },
	{ VERIFY_OPTIONAL_NO_CA, CA_A, .at = "l" },
	{ VERIFY_REQUIRED, CA_A, .at = "l", .depth = 1 },
	{ VERIFY_REQUIRED, CA_A, .at = "l", .allow = "CN=of A" },
	{ VERIFY_REQUIRED, CA_A, .at = "l", .allow = "SAN=DNS:a" },
	{ VERIFY_REQUIRED, CA_SUB, .at = "l" },
	{ VERIFY_REQUIRED, CA_SUB, .at = "l", .crl = CRL_EMPTY },
	{ VERIFY_REQUIRED, CA_SUB, .at = "l", .crl = CRL_EMPTY,
	    .leaf_only = true },
	{ VERIFY_REQUIRED, CA_SUB, .at = "l", .crl = CRL_OF_A },
	{ VERIFY_REQUIRED, CA_SUB, .at = "l", .crl = CRL_SUB },
};

/* Which of them have nothing against "of A", who comes to all of them. */
static bool
takes_of_a(const struct policy *p)
{
	return p->ca != CA_B && p->crl != CRL_OF_A &&
	    (p->allow == NULL || strcmp(p->allow, "CN=of A") == 0);
}

#define POLICIES	(sizeof policies / sizeof *policies)

/* A session made under a policy, as the client keeps it. */
static SSL_SESSION *
session_under(SSL_CTX *ctx, const struct client_auth *a, int version)
{
	SSL *s = SSL_new(ctx), *c = client_new(version, &of_a);
	SSL_SESSION *session = NULL;

	assert_int_equal(client_auth_for_one(a, s), 0);
	if (shake(s, c))
		session = SSL_get1_session(c);
	part(s, c);
	return session;
}

static bool
resumes(SSL_CTX *ctx, const struct client_auth *a, int version,
    SSL_SESSION *session)
{
	SSL *s = SSL_new(ctx), *c = client_new(version, &of_a);
	bool reused;

	assert_int_equal(client_auth_for_one(a, s), 0);
	assert_int_equal(SSL_set_session(c, session), 1);
	(void)shake(s, c);
	reused = SSL_session_reused(s);
	part(s, c);
	return reused;
}

static void
test_no_session_passes_from_one_policy_to_another(void **state)
{
	struct client_auth *all = policy_new(&policies[0]);
	SSL_CTX *ctx = context(all);

	(void)state;
	for (size_t i = 0; i < POLICIES * POLICIES * 2; i++) {
		size_t from = i / 2 / POLICIES, to = i / 2 % POLICIES;
		struct client_auth *a = policy_new(&policies[from]);
		struct client_auth *b = policy_new(&policies[to]);
		SSL_SESSION *session = session_under(ctx, a, versions[i % 2]);

		/* Not all let this client in at all. */
		assert_int_equal(session != NULL, takes_of_a(&policies[from]));
		if (session != NULL && resumes(ctx, b, versions[i % 2],
		    session) != (from == to))
			fail_msg("from %zu to %zu", from, to);
		SSL_SESSION_free(session);
		client_auth_free(a);
		client_auth_free(b);
	}
	SSL_CTX_free(ctx);
	client_auth_free(all);
}

/* As after a reload, or in another process: the same terms, made anew. */
static void
test_the_same_policy_is_the_same_wherever_it_is_made(void **state)
{
	(void)state;
	for (size_t i = 0; i < POLICIES * 2; i++) {
		struct client_auth *a = policy_new(&policies[i / 2]);
		SSL_CTX *before = context(a), *after;
		SSL_SESSION *session = session_under(before, a,
		    versions[i % 2]);

		SSL_CTX_free(before);
		client_auth_free(a);
		if (session == NULL)
			continue;
		a = policy_new(&policies[i / 2]);
		after = context(a);
		assert_true(resumes(after, a, versions[i % 2], session));
		SSL_CTX_free(after);
		SSL_SESSION_free(session);
		client_auth_free(a);
	}
}

/* Their names, or the way they are told to clients, decide nothing. */
static void
test_the_order_of_files_and_what_is_told_decide_nothing(void **state)
{
	static const struct policy rows[][2] = {
		{ { VERIFY_REQUIRED, CA_AB, .at = "l" },
		    { VERIFY_REQUIRED, CA_BA, .at = "l" } },
		{ { VERIFY_REQUIRED, CA_A, .at = "l" },
		    { VERIFY_REQUIRED, CA_AA, .at = "l" } },
		{ { VERIFY_REQUIRED, CA_A, .at = "l" },
		    { VERIFY_REQUIRED, CA_A, .at = "l", .hidden = true } },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
		struct client_auth *a = policy_new(&rows[i / 2][0]);
		struct client_auth *b = policy_new(&rows[i / 2][1]);
		SSL_CTX *ctx = context(a);
		SSL_SESSION *session = session_under(ctx, a, versions[i % 2]);

		assert_true(resumes(ctx, b, versions[i % 2], session));
		SSL_SESSION_free(session);
		SSL_CTX_free(ctx);
		client_auth_free(a);
		client_auth_free(b);
	}
}

/* A frontend's own policy and a certificate's with the same words are one. */
static void
test_for_all_and_for_one_have_the_same_identity(void **state)
{
	struct client_auth *a = policy_new(&policies[2]);
	SSL_CTX *ctx = context(a);
	SSL *s = SSL_new(ctx), *c = client_new(TLS1_3_VERSION, &of_a);
	SSL_SESSION *session;

	(void)state;
	assert_true(shake(s, c));
	session = SSL_get1_session(c);
	part(s, c);
	assert_true(resumes(ctx, a, TLS1_3_VERSION, session));
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
	client_auth_free(a);
}

/* The CA's name alone would not do: anybody can make one of that name. */
static void
test_another_ca_of_the_same_name_is_another_policy(void **state)
{
	struct test_cert false_a = issuer_make(&(struct request){ .cn = "A",
	    .ca = true });
	struct client_auth *a = policy_new(&policies[1]), *b;
	SSL_CTX *ctx = context(a);
	struct client_conf conf;

	(void)state;
	issuer_write(folder_file(&folder, "false.pem"), &false_a);
	conf = terms(VERIFY_OPTIONAL, folder.file);
	b = auth_new(&conf, "l");
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session = session_under(ctx, a, versions[i]);

		assert_non_null(session);
		assert_false(resumes(ctx, b, versions[i], session));
		SSL_SESSION_free(session);
	}
	SSL_CTX_free(ctx);
	client_auth_free(a);
	client_auth_free(b);
	issuer_free(&false_a);
}

/* ------------------------------------------------- faults -------------- */

static void
test_a_ca_file_that_is_none_is_refused_with_a_sentence(void **state)
{
	static const struct { const char *name, *text, *why; } rows[] = {
		{ "nothing.pem", NULL, "No such file" },
		{ "empty.pem", "", "no certificate in it" },
		{ "bad.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n"
		    "-----END CERTIFICATE-----\n", "certificate 1 is" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct client_conf conf = terms(VERIFY_OPTIONAL, folder.file);
		struct err e = { .text = "" };
		const char *option;

		if (rows[i].text != NULL)
			folder_write(&folder, rows[i].name, rows[i].text,
			    strlen(rows[i].text));
		folder_file(&folder, rows[i].name);
		assert_null(client_auth_new(&conf, "l", &option, &e));
		assert_ptr_equal(strstr(e.text, conf.ca), e.text);
		assert_string_equal(option, "client-verify-ca");
		assert_non_null(strstr(e.text, rows[i].why));
		assert_int_equal(ERR_peek_error(), 0);
	}
}

/* Each is about the option it is about, so that its line can be named. */
static void
test_a_fault_is_about_an_option(void **state)
{
	static const struct {
		const char *crl, *allow, *option, *why;
	} rows[] = {
		{ "nothing.crl", NULL, "client-verify-crl", "No such file" },
		{ "a.pem", NULL, "client-verify-crl", "no revocation list" },
		{ "sub.crl", NULL, "client-verify-crl",
		    "none of the authorities in client-verify-ca signed it" },
		{ NULL, "alice", "client-allow", "does not begin with" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct client_conf conf = terms(VERIFY_REQUIRED, ca_file[CA_A]);
		char *allow = (char *)rows[i].allow;
		struct err e = { .text = "" };
		const char *option;

		if (rows[i].crl != NULL)
			conf.crl = (char *)folder_file(&folder, rows[i].crl);
		if (allow != NULL)
			conf.allow = (struct strlist){ &allow, 1 };
		assert_null(client_auth_new(&conf, "l", &option, &e));
		assert_string_equal(option, rows[i].option);
		if (strstr(e.text, rows[i].why) == NULL)
			fail_msg("row %zu said: %s", i, e.text);
		assert_int_equal(ERR_peek_error(), 0);
		/* Who asks for none does not even need the files. */
		conf.verify = VERIFY_NONE;
		client_auth_free(client_auth_new(&conf, "l", &option, &e));
	}
}

/* More than a message takes would end every handshake. */
static void
test_too_many_names_to_tell_are_refused(void **state)
{
	struct test_cert key = issuer_make(&(struct request){ .cn = "k" });
	struct client_conf conf;
	const char *option;
	char name[512];
	struct err e;
	FILE *f = fopen(folder_file(&folder, "many.pem"), "w");

	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct test_cert p;
		char *text;

		snprintf(name, sizeof name, "%064d", i);
		p = issuer_make(&(struct request){ .cn = name, .ca = true,
		    .key = key.key });
		text = issuer_cert_text(p.cert);
		fputs(text, f);
		free(text);
		issuer_free(&p);
	}
	fclose(f);
	conf = terms(VERIFY_REQUIRED, folder.file);
	assert_null(client_auth_new(&conf, "l", &option, &e));
	assert_non_null(strstr(e.text, "client-verify-advertise = off"));
	conf.advertise = false;
	client_auth_free(auth_new(&conf, "l"));
	issuer_free(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_policy_lets_in_whom_it_should),
		cmocka_unit_test(test_what_was_wrong_is_kept_in_the_session),
		cmocka_unit_test(
		    test_nobody_comes_in_with_anothers_certificate),
		cmocka_unit_test(
		    test_clients_are_told_whose_certificates_count),
		cmocka_unit_test(
		    test_no_session_passes_from_one_policy_to_another),
		cmocka_unit_test(
		    test_the_same_policy_is_the_same_wherever_it_is_made),
		cmocka_unit_test(
		    test_the_order_of_files_and_what_is_told_decide_nothing),
		cmocka_unit_test(
		    test_for_all_and_for_one_have_the_same_identity),
		cmocka_unit_test(
		    test_another_ca_of_the_same_name_is_another_policy),
		cmocka_unit_test(
		    test_a_ca_file_that_is_none_is_refused_with_a_sentence),
		cmocka_unit_test(test_a_fault_is_about_an_option),
		cmocka_unit_test(test_too_many_names_to_tell_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
