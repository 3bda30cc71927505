/*
 * credential.c - files that systemd hands over (see systemd.exec(5)).
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/credential.h"

char *
credential_find(const char *name)
{
	const char *dir = secure_getenv("CREDENTIALS_DIRECTORY");
	char *path;

	if (*name == '\0' || *name == '/' || dir == NULL || *dir != '/' ||
	    access(name, F_OK) == 0)
		return NULL;
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return NULL;
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}
