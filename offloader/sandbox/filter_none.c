/*
 * filter_none.c - instead of filter.c, where libseccomp is not.
 */
#include <errno.h>

#include "sandbox/filter.h"

const char *
filter_missing(void)
{
	return "built without libseccomp";
}

int
filter_load(enum filter_set set, const struct sandbox_config *w)
{
	(void)set;
	(void)w;
	errno = ENOSYS;
	return -1;
}
