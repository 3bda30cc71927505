/*
 * completion.h - the options as bash completes them.
 */
#ifndef OFFLOADER_COMPLETION_H
#define OFFLOADER_COMPLETION_H

#include <stdio.h>

void completion_print(FILE *);		/* etc/offloader.bash */

#endif
