/*
 * include.c - the files of a configuration, and how much of them is enough.
 *
 * Files that include each other would go on for ever, and a device never ends:
 * the limits hold for all files of one configuration together.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/include.h"

#define MAX_BYTES	((size_t)16 << 20)
#define MAX_FILES	65536
#define CHUNK		((size_t)64 << 10)

static int
no_memory(struct err *e)
{
	return err_set_kind(e, ERR_OS, "out of memory");
}

/* Returns 0 at the end of the file. */
static int
read_all(struct include *in, FILE *f, char **text, size_t *len, struct err *e)
{
	size_t got, room = 0;
	char *grown;

	do {
		if (room - *len < CHUNK) {
			room = 2 * room + CHUNK;
			if ((grown = realloc(*text, room)) == NULL)
				return no_memory(e);
			*text = grown;
		}
		got = fread(*text + *len, 1, CHUNK, f);
		*len += got;
		if ((in->bytes += got) > MAX_BYTES)
			return err_set(e, "the configuration is longer than "
			    "%zu bytes", MAX_BYTES);
	} while (got > 0);
	if (ferror(f))
		return err_set_kind(e, ERR_NO_FILE, "%s", strerror(errno));
	return 0;
}

char *
include_read(struct include *in, const char *path, size_t *len, struct err *e)
{
	char *text = NULL;
	FILE *f;
	int r;

	*len = 0;
	if (++in->files > MAX_FILES) {
		err_set(e, "the configuration has more than %d files",
		    MAX_FILES);
		return NULL;
	}
	if ((f = fopen(path, "re")) == NULL) {
		err_set_kind(e, ERR_NO_FILE, "%s", strerror(errno));
		return NULL;
	}
	r = read_all(in, f, &text, len, e);
	fclose(f);
	if (r == 0)
		return text;
	free(text);
	return NULL;
}

/* Joins the directory of a file with a name relative to it. */
static char *
beside(const char *from, const char *name)
{
	const char *slash = strrchr(from, '/');
	char *path = NULL;

	if (*name == '/' || slash == NULL)
		return strdup(name);
	if (asprintf(&path, "%.*s%s", (int)(slash + 1 - from), from, name) < 0)
		return NULL;
	return path;
}

int
include_find(const char *from, const char *pattern, glob_t *g, struct err *e)
{
	char *path = beside(from, pattern);
	int flags = 0, r;

	if (path == NULL)
		return no_memory(e);
	/* A directory's name is no pattern, but glob() would take it as one. */
	if (strpbrk(pattern, "*?[") == NULL)
		flags = GLOB_NOCHECK | GLOB_NOMAGIC;
	r = glob(path, flags, NULL, g);
	free(path);
	switch (r) {
	case 0:
		return 0;
	case GLOB_NOMATCH:
		*g = (glob_t){ .gl_pathc = 0 };
		return 0;
	case GLOB_NOSPACE:
		return no_memory(e);
	default:
		return err_set(e, "%s", strerror(errno));
	}
}
