/*
 * status_page.h - the status page, made of status.html by the build.
 */
#ifndef OFFLOADER_STATUS_PAGE_H
#define OFFLOADER_STATUS_PAGE_H

#include <stddef.h>

extern const char status_page[];	/* with a NUL behind it */
extern const size_t status_page_size;

#endif
