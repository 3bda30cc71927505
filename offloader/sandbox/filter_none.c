/*
 * filter_none.c - replaces filter.c in a build without libseccomp.
 */
#include <errno.h>

#include "sandbox/filter.h"

const char *
filter_missing(void)
{
	return "built without libseccomp";
}

int
filter_load(const struct sandbox_role *role, const struct sandbox_config *c)
{
	(void)role;
	(void)c;
	errno = ENOSYS;
	return -1;
}
