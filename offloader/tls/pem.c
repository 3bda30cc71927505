/*
 * pem.c - certificates out of a PEM file somebody else wrote.
 */
#include <errno.h>
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

/* Moves certificates from the file to the stack until it ends well. */
static int
read_all(BIO *in, STACK_OF(X509) *all, int max, const char *file,
    struct err *e)
{
	X509 *x;
	int reason;

	while ((x = PEM_read_bio_X509(in, NULL, pem_no_passphrase, NULL)) !=
	    NULL) {
		if (sk_X509_num(all) == max || sk_X509_push(all, x) == 0) {
			X509_free(x);
			return err_set(e, "%s: more than %d certificates",
			    file, max);
		}
	}
	reason = ERR_GET_REASON(ERR_peek_last_error());
	ERR_clear_error();
	if (reason != PEM_R_NO_START_LINE)
		return err_set(e, "%s: certificate %d is damaged", file,
		    sk_X509_num(all) + 1);
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
	BIO_free(in);
	return all;
}
