/*
 * subject.c - the name of a certificate's owner.
 */
#include <string.h>

#include "auth/subject.h"

unsigned char *
subject_cn(const X509 *x, int *len)
{
	const X509_NAME *subject = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *utf8 = NULL;

	if (at < 0)
		return NULL;
	*len = ASN1_STRING_to_UTF8(&utf8,
	    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	if (*len > 0 && memchr(utf8, '\0', (size_t)*len) == NULL)
		return utf8;
	if (*len >= 0)
		OPENSSL_free(utf8);
	return NULL;
}
