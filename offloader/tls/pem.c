/*
 * pem.c - certificates out of a PEM file somebody else wrote.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "tls/pem.h"

#define MAX_FILE	(8 << 20)	/* bytes; all CAs there are: 200 KB */

static void
cannot_open(const char *file, struct err *e)
{
	err_set_kind(e, errno == ENOENT ? ERR_NO_FILE : ERR_CONFIG, "%s: %s",
	    file, strerror(errno));
}

BIO *
pem_open(const char *file, struct err *e)
{
	struct stat st;
	BIO *in;

	if (stat(file, &st) == -1) {
		cannot_open(file, e);
		return NULL;
	}
	/* A device or a fifo would hang the start. */
	if (!S_ISREG(st.st_mode) || st.st_size > MAX_FILE) {
		err_set(e, "%s: not a regular file of at most %d bytes", file,
		    MAX_FILE);
		return NULL;
	}
	errno = 0;
	if ((in = BIO_new_file(file, "r")) == NULL)
		cannot_open(file, e);
	ERR_clear_error();
	return in;
}

int
pem_no_passphrase(char *buf, int size, int writing, void *asked)
{
	(void)buf;
	(void)size;
	(void)writing;
	if (asked != NULL)
		*(int *)asked = 1;
	return -1;
}

/* One block of a PEM file, as it stands in it. */
struct block {
	long at;		/* where in the file */
	char *name, *header;
	unsigned char *data;
	long len;
};

static void
block_clear(struct block *b)
{
	OPENSSL_free(b->name);
	OPENSSL_free(b->header);
	/* It may be a private key. */
	OPENSSL_clear_free(b->data, (size_t)b->len);
	*b = (struct block){ 0 };
}

static bool
block_read(BIO *in, struct block *b)
{
	*b = (struct block){ .at = BIO_tell(in) };
	return PEM_read_bio(in, &b->name, &b->header, &b->data, &b->len) == 1;
}

static bool
is_cert(const struct block *b)
{
	return strcmp(b->name, PEM_STRING_X509) == 0 ||
	    strcmp(b->name, PEM_STRING_X509_OLD) == 0 ||
	    strcmp(b->name, PEM_STRING_X509_TRUSTED) == 0;
}

/* NULL: damaged, or encrypted, which no certificate has a reason to be. */
static X509 *
cert_of(const struct block *b)
{
	const unsigned char *p = b->data;

	if (b->header[0] != '\0')
		return NULL;
	return strcmp(b->name, PEM_STRING_X509_TRUSTED) == 0 ?
	    d2i_X509_AUX(NULL, &p, b->len) : d2i_X509(NULL, &p, b->len);
}

/* Whether the block that begins there calls itself a private key. */
static bool
is_key_at(BIO *in, long at)
{
	char line[256];

	if (BIO_seek(in, at) != 0)
		return false;
	while (BIO_gets(in, line, sizeof line) > 0)
		if (strncmp(line, "-----BEGIN ", 11) == 0)
			return strstr(line, "PRIVATE KEY") != NULL;
	return false;
}

static int
damaged(const char *file, STACK_OF(X509) *all, struct err *e)
{
	return err_set(e, "%s: certificate %d is damaged", file,
	    sk_X509_num(all) + 1);
}

/* Moves certificates from the file to the stack until it ends well. */
static int
read_all(BIO *in, STACK_OF(X509) *all, int max, const char *file,
    struct err *e)
{
	struct block b;
	X509 *x;

	while (block_read(in, &b)) {
		bool wanted = is_cert(&b);

		x = wanted ? cert_of(&b) : NULL;
		block_clear(&b);
		if (wanted && x == NULL)
			return damaged(file, all, e);
		if (x == NULL)
			continue;
		if (sk_X509_num(all) == max || sk_X509_push(all, x) == 0) {
			X509_free(x);
			return err_set(e, "%s: more than %d certificates",
			    file, max);
		}
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return is_key_at(in, b.at) ? err_set(e,
		    "%s: the private key is damaged", file) :
		    damaged(file, all, e);
	if (sk_X509_num(all) == 0)
		return err_set(e, "%s: no certificate in it", file);
	return 0;
}

STACK_OF(X509) *
pem_certs(const char *file, int max, struct err *e)
{
	STACK_OF(X509) *all = NULL;
	BIO *in = pem_open(file, e);

	if (in == NULL)
		return NULL;
	if ((all = sk_X509_new_null()) == NULL)
		err_set_kind(e, ERR_OS, "%s: out of memory", file);
	else if (read_all(in, all, max, file, e) != 0) {
		sk_X509_pop_free(all, X509_free);
		all = NULL;
	}
	ERR_clear_error();
	BIO_free(in);
	return all;
}
