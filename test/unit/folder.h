/*
 * folder.h - a folder for one test program's files, gone when it ends.
 */
#ifndef TEST_FOLDER_H
#define TEST_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
	char path[64];
	char file[128];
};

/* What will be written is its owner's alone, as keys must be. -1: errno. */
static inline int
folder_make(struct folder *f)
{
	umask(077);
	snprintf(f->path, sizeof f->path, "/tmp/offloader.XXXXXX");
	return mkdtemp(f->path) == NULL ? -1 : 0;
}

/* A file's path, until the next call. */
static inline const char *
folder_file(struct folder *f, const char *name)
{
	snprintf(f->file, sizeof f->file, "%s/%s", f->path, name);
	return f->file;
}

/* Writes a file and returns its path. NULL: errno. */
static inline const char *
folder_write(struct folder *f, const char *name, const void *bytes, size_t len)
{
	FILE *out = fopen(folder_file(f, name), "w");

	if (out == NULL)
		return NULL;
	if (len > 0 && fwrite(bytes, len, 1, out) != 1) {
		fclose(out);
		return NULL;
	}
	return fclose(out) == 0 ? f->file : NULL;
}

static inline int
folder_forget(const char *path, const struct stat *st, int kind,
    struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

static inline int
folder_remove(struct folder *f)
{
	return nftw(f->path, folder_forget, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
