/*
 * cert_table.h - certificates at a glance, a line for each.
 */
#ifndef OFFLOADER_CERT_TABLE_H
#define OFFLOADER_CERT_TABLE_H

#include <stdio.h>

#include "cert/cert_store.h"

/*
 * Prints file, names, kind of key, days left and chain of all that a load was
 * given, if any. Where lines would be wider than this many
 * columns, 80 at least, files and names lose their middle; 0: any width will
 * do.
 */
void cert_table_print(FILE *, const struct cert_load *, time_t now,
    size_t width);

#endif
