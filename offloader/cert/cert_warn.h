/*
 * cert_warn.h - says in the log what is wrong with certificates.
 */
#ifndef OFFLOADER_CERT_WARN_H
#define OFFLOADER_CERT_WARN_H

#include "cert/cert_store.h"

#define CERT_WARN_MOST	20	/* lines of one kind; then one with the rest */

/*
 * Of each certificate that a load read anew, all that is wrong with it; of one
 * that it was given back as it was, only that its end has come nearer since
 * the load before was warned of. To be called once everything is loaded.
 */
void cert_warn(struct cert_load *, time_t now);

#endif
