/*
 * cert_report.h - warnings about certificates, and a table of them.
 */
#ifndef OFFLOADER_CERT_REPORT_H
#define OFFLOADER_CERT_REPORT_H

#include <stdio.h>

#include "cert/cert_store.h"

#define CERT_WARN_MOST	20	/* lines of one kind; then one with the rest */

/*
 * Of each certificate that a load read anew, all that is wrong with it; of one
 * that it was given back as it was, only that its end has come nearer since
 * the load before was warned of. To be called once everything is loaded.
 */
void cert_warn(struct cert_load *, time_t now);

/*
 * Prints file, names, kind of key, days left and chain of all that a load was
 * given, if any. Where lines would be wider than this many
 * columns, 80 at least, files and names lose their middle; 0: any width will
 * do.
 */
void cert_table_print(FILE *, const struct cert_load *, time_t now,
    size_t width);

#endif
