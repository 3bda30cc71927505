/*
 * pem.c - reads PEM files of any origin into blocks of DER.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "base/array.h"
#include "base/file.h"
#include "keys/pem.h"

#define MAX_FILE	(8 << 20)	/* bytes; all CAs there are: 200 KB */
#define MAX_PASSPHRASE_FILE 8192	/* remarks may follow the first line */

/* ------------------------------------------------- passphrases -------- */

static int
take_passphrase(const struct file *t, const char *file, char *buf, size_t size,
    struct err *e)
{
	size_t len = strcspn(t->bytes, "\r\n");

	if (len == 0)
		return err_set(e, "%s: no passphrase in the first line", file);
	if (len > size)
		return err_set(e, "%s: the passphrase is longer than %zu "
		    "bytes", file, size);
	memcpy(buf, t->bytes, len);
	return (int)len;
}

int
passphrase_give(char *buf, int size, int writing, void *passphrase)
{
	struct passphrase *p = passphrase;
	struct file t;
	int len = -1;

	(void)writing;
	p->asked = true;
	p->failed = false;
	if (p->file == NULL || size <= 0)
		return -1;
	if (file_read_secret(&t, p->file, MAX_PASSPHRASE_FILE, p->insecure,
	    &p->why) == 0) {
		len = take_passphrase(&t, p->file, buf, (size_t)size, &p->why);
		file_clear(&t);
	}
	p->failed = len == -1;
	return len;
}

bool
passphrase_blame(const struct passphrase *p, const char *key, struct err *e)
{
	if (!p->asked)
		return false;
	if (p->failed)
		*e = p->why;
	else if (p->file == NULL)
		err_set(e, "%s: the private key is encrypted: set "
		    "key-passphrase-file", key);
	else
		err_set(e, "%s: wrong passphrase in %s", key,
		    p->file);
	return true;
}

/* ------------------------------------------------- text to blocks ------ */

static void
block_clear(struct pem_block *b)
{
	OPENSSL_secure_free(b->name);
	OPENSSL_secure_free(b->header);
	OPENSSL_secure_clear_free(b->der, b->len);
	*b = (struct pem_block){ 0 };
}

static enum pem_kind
kind_of(const struct pem_block *b)
{
	static const struct {
		const char *name;
		enum pem_kind kind;
	} kinds[] = {
		{ PEM_STRING_X509, PEM_CERT },
		{ PEM_STRING_X509_OLD, PEM_CERT },
		{ PEM_STRING_X509_TRUSTED, PEM_TRUSTED_CERT },
		{ PEM_STRING_PKCS8INF, PEM_KEY },
		{ PEM_STRING_ECPRIVATEKEY, PEM_EC_KEY },
		{ PEM_STRING_RSA, PEM_RSA_KEY },
		{ PEM_STRING_PKCS8, PEM_LOCKED_KEY },
	};
	enum pem_kind kind = PEM_TEXT;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(b->name, kinds[i].name) == 0)
			kind = kinds[i].kind;
	if (kind == PEM_TEXT && strstr(b->name, "PRIVATE KEY") != NULL)
		kind = PEM_OTHER_KEY;
	return kind >= PEM_KEY && strstr(b->header, "ENCRYPTED") != NULL ?
	    PEM_LOCKED_KEY : kind;
}

static bool
is_cert(const struct pem_block *b)
{
	return b->kind == PEM_CERT || b->kind == PEM_TRUSTED_CERT;
}

/* What OpenSSL frees of a block's text it overwrites first. */
static bool
block_read(BIO *in, struct pem_block *b)
{
	long len;

	*b = (struct pem_block){ 0 };
	if (PEM_read_bio_ex(in, &b->name, &b->header, &b->der, &len,
	    PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) != 1)
		return false;
	b->len = (size_t)len;
	b->kind = kind_of(b);
	return true;
}

static bool
is_end(void)
{
	return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

/* "Proc-Type: 4,ENCRYPTED", as OpenSSL itself once wrote all keys. */
static int
unlock_old(struct pem_block *b, struct passphrase *p)
{
	EVP_CIPHER_INFO cipher;
	long len = (long)b->len;

	if (PEM_get_EVP_CIPHER_INFO(b->header, &cipher) != 1 ||
	    PEM_do_header(&cipher, b->der, &len, passphrase_give, p) != 1)
		return -1;
	b->len = (size_t)len;
	b->header[0] = '\0';
	b->kind = kind_of(b);
	return 0;
}

/* The wrapping of PKCS#8. */
static int
unlock_new(struct pem_block *b, struct passphrase *p)
{
	const unsigned char *in = b->der;
	X509_SIG *sig = d2i_X509_SIG(NULL, &in, (long)b->len);
	char word[PASSPHRASE_MAX];
	int len = sig != NULL ? passphrase_give(word, sizeof word, 0, p) : -1;
	PKCS8_PRIV_KEY_INFO *key = NULL;
	unsigned char *der = NULL, *to;

	if (len >= 0)
		key = PKCS8_decrypt(sig, word, len);
	OPENSSL_cleanse(word, sizeof word);
	X509_SIG_free(sig);
	len = key != NULL ? i2d_PKCS8_PRIV_KEY_INFO(key, NULL) : -1;
	if (len > 0 && (to = der = OPENSSL_secure_malloc((size_t)len)) != NULL)
		(void)i2d_PKCS8_PRIV_KEY_INFO(key, &to);
	PKCS8_PRIV_KEY_INFO_free(key);
	if (der == NULL)
		return -1;
	OPENSSL_secure_clear_free(b->der, b->len);
	b->der = der;
	b->len = (size_t)len;
	b->kind = PEM_KEY;
	return 0;
}

int
pem_unlock(struct pem_block *b, struct passphrase *p)
{
	int r = strcmp(b->name, PEM_STRING_PKCS8) == 0 ? unlock_new(b, p) :
	    unlock_old(b, p);

	ERR_clear_error();
	return r;
}

/* Whether the block that begins there calls itself a private key. */
static bool
is_key_at(const char *at, size_t left)
{
	static const char begin[] = "-----BEGIN ", key[] = "PRIVATE KEY";
	const char *end = at + left, *eol;

	if ((at = memmem(at, left, begin, sizeof begin - 1)) == NULL)
		return false;
	if ((eol = memchr(at, '\n', (size_t)(end - at))) == NULL)
		eol = end;
	return memmem(at, (size_t)(eol - at), key, sizeof key - 1) != NULL;
}

static int
damaged(const struct pem *p, const char *file, struct err *e)
{
	return err_set(e, "%s: certificate %zu is damaged", file, p->n + 1);
}

/* Takes over a certificate. */
static int
add_cert(struct pem *p, struct pem_block *b, int max, const char *file,
    struct err *e)
{
	struct pem_block *more;

	/* Which no certificate has a reason to be: encrypted. */
	if (b->header[0] != '\0')
		return damaged(p, file, e);
	if (p->n == (size_t)max)
		return err_set(e, "%s: more than %d certificates", file, max);
	more = array_grow(p->cert, p->n, sizeof *more);
	if (more == NULL)
		return err_memory(e, file);
	p->cert = more;
	p->cert[p->n++] = *b;
	*b = (struct pem_block){ 0 };
	return 0;
}

static void
add_key(struct pem *p, struct pem_block *b)
{
	if (p->key.kind != PEM_TEXT)
		return;
	p->key = *b;
	*b = (struct pem_block){ 0 };
}

/* Moves blocks from the text until it ends well. */
static int
take_all(struct pem *p, BIO *in, const struct file *t, int max,
    const char *file, struct err *e)
{
	struct pem_block b;
	size_t left = t->len;

	while (block_read(in, &b)) {
		int r = 0;

		if (is_cert(&b))
			r = add_cert(p, &b, max, file, e);
		else if (b.kind != PEM_TEXT)
			add_key(p, &b);
		block_clear(&b);
		if (r != 0)
			return -1;
		left = BIO_ctrl_pending(in);
	}
	if (!is_end())
		return is_key_at(t->bytes + t->len - left, left) ?
		    err_set(e, "%s: the private key is damaged", file) :
		    damaged(p, file, e);
	if (p->n == 0)
		return err_set(e, "%s: no certificate in it", file);
	return 0;
}

static int
take_key(struct pem *p, BIO *in, const char *file, struct err *e)
{
	struct pem_block b;

	while (p->key.kind == PEM_TEXT && block_read(in, &b)) {
		if (b.kind >= PEM_KEY)
			add_key(p, &b);
		block_clear(&b);
	}
	return p->key.kind != PEM_TEXT ? 0 :
	    err_set(e, "%s: no usable private key in the file", file);
}

/* ------------------------------------------------- files --------------- */

/* With max 0: the key and nothing else. */
static int
take_file(struct pem *p, const char *file, int max, struct err *e)
{
	struct file t;
	BIO *in;
	int r = -1;

	*p = (struct pem){ 0 };
	if (file_read(&t, file, MAX_FILE, e) != 0)
		return -1;
	p->stamp = t.id;
	p->insecure = t.insecure;
	if ((in = BIO_new_mem_buf(t.bytes, (int)t.len)) == NULL)
		err_memory(e, file);
	else
		r = max > 0 ? take_all(p, in, &t, max, file, e) :
		    take_key(p, in, file, e);
	ERR_clear_error();
	BIO_free(in);
	file_clear(&t);
	if (r != 0)
		pem_clear(p);
	return r;
}

int
pem_read(struct pem *p, const char *file, int max, struct err *e)
{
	return take_file(p, file, max, e);
}

int
pem_read_key(struct pem *p, const char *file, struct err *e)
{
	return take_file(p, file, 0, e);
}

/* Behind the last place where a text begins; NULL: nowhere. */
static const char *
behind_last(const char *in, const char *text)
{
	const char *at = NULL;

	while ((in = strstr(in, text)) != NULL)
		at = in += strlen(text);
	return at;
}

enum pem_skip_reason
pem_skip_reason(const char *file)
{
	enum pem_skip_reason why = PEM_NOT_SKIPPED;
	const char *begun;
	struct file t;
	struct err e;

	if (file_read(&t, file, MAX_FILE, &e) != 0)
		return PEM_NOT_SKIPPED;
	begun = behind_last(t.bytes, "-----BEGIN ");
	if (t.len == 0 || (begun != NULL && strstr(begun, "-----END ") ==
	    NULL))
		why = PEM_UNFINISHED;
	else if (strstr(t.bytes, "CERTIFICATE-----") == NULL)
		why = PEM_FOREIGN;
	file_clear(&t);
	return why;
}

void
pem_clear_key(struct pem *p)
{
	block_clear(&p->key);
}

void
pem_clear(struct pem *p)
{
	for (size_t i = 0; i < p->n; i++)
		block_clear(&p->cert[i]);
	free(p->cert);
	block_clear(&p->key);
	*p = (struct pem){ 0 };
}

static X509 *
decoded(const struct pem_block *b)
{
	const unsigned char *p = b->der;

	return b->kind == PEM_TRUSTED_CERT ?
	    d2i_X509_AUX(NULL, &p, (long)b->len) :
	    d2i_X509(NULL, &p, (long)b->len);
}

STACK_OF(X509) *
pem_certs(const char *file, int max, struct err *e)
{
	STACK_OF(X509) *all;
	struct pem p;

	if (pem_read(&p, file, max, e) != 0)
		return NULL;
	if ((all = sk_X509_new_reserve(NULL, (int)p.n)) == NULL)
		err_memory(e, file);
	for (size_t i = 0; all != NULL && i < p.n; i++) {
		X509 *x = decoded(&p.cert[i]);

		if (x != NULL) {
			sk_X509_push(all, x);
			continue;
		}
		err_set(e, "%s: certificate %zu is damaged", file, i + 1);
		sk_X509_pop_free(all, X509_free);
		all = NULL;
	}
	ERR_clear_error();
	pem_clear(&p);
	return all;
}
