/*
 * os_program.c - where the program is that runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os_program.h"

/* "FOLDER/NAME" if that can be executed. */
static char *
in_folder(const char *folder, size_t len, const char *name)
{
	char *path;

	if (asprintf(&path, "%.*s/%s", len > 0 ? (int)len : 1,
	    len > 0 ? folder : ".", name) == -1)
		return NULL;
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static char *
in_path(const char *name)
{
	const char *p = getenv("PATH");
	char *found;
	size_t len;

	for (; p != NULL && *p != '\0'; p += len + (p[len] == ':')) {
		len = strcspn(p, ":");
		if ((found = in_folder(p, len, name)) != NULL)
			return found;
	}
	return NULL;
}

static char *
from_root(char *path)
{
	char *here, *whole;

	if (path == NULL || path[0] == '/')
		return path;
	here = getcwd(NULL, 0);
	if (here == NULL || asprintf(&whole, "%s/%s", here, path) == -1)
		whole = NULL;
	free(here);
	free(path);
	return whole;
}

char *
os_program(const char *argv0)
{
	if (argv0 == NULL || *argv0 == '\0')
		return NULL;
	return from_root(strchr(argv0, '/') != NULL ? strdup(argv0) :
	    in_path(argv0));
}
