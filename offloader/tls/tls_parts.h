/*
 * tls_parts.h - what the parts of a TLS session share. For tls_*.c only.
 */
#ifndef OFFLOADER_TLS_PARTS_H
#define OFFLOADER_TLS_PARTS_H

#include <openssl/err.h>

#include "tls/tls_side.h"

/*
 * An old error would be taken for the next call's. There is hardly ever one,
 * and to look is cheaper than to clear.
 */
static inline void
tls_forget_errors(void)
{
	if (ERR_peek_error() != 0)
		ERR_clear_error();
}

/* Notes why; what OpenSSL said of it, too. IO_ERROR. */
enum io tls_fail(struct tls_side *, enum tls_fault);

/* What OpenSSL's "no data" means. IO_OK: it only wants to be asked again. */
enum io tls_judge(struct tls_side *, int ret);

#endif
