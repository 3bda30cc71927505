/*
 * path_list.c - an option that names a file, or a directory full of them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/path_list.h"

/* Backups of editors and hidden files are left out. */
static int
is_ours(const struct dirent *d)
{
	return d->d_name[0] != '.' && d->d_name[strlen(d->d_name) - 1] != '~';
}

/* If stat() fails, the file is kept: opening it reports the reason. */
static int
keep_file(struct strlist *w, const char *path, const char *name)
{
	struct stat st;
	char *full;
	int r = 0, len = asprintf(&full, "%s/%s", path, name);

	if (len < 0)
		return -1;
	if (stat(full, &st) == -1 || !S_ISDIR(st.st_mode))
		r = strlist_add(w, full, (size_t)len);
	free(full);
	return r;
}

static int
list_directory(struct strlist *w, const char *path, struct err *e)
{
	struct dirent **entry = NULL;
	int n = scandir(path, &entry, is_ours, alphasort), r = 0;

	if (n == -1)
		return err_set(e, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = keep_file(w, path, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
	if (r != 0)
		return err_memory(e, path);
	return w->n > 0 ? 0 : err_set(e, "%s: no files in this directory",
	    path);
}

int
path_list(struct strlist *w, const char *path, struct err *e)
{
	struct stat st;

	*w = (struct strlist){ NULL, 0 };
	if (stat(path, &st) == -1)
		return err_set_kind(e, errno == ENOENT ? ERR_NO_FILE :
		    ERR_CONFIG, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode)) {
		if (strlist_add(w, path, strlen(path)) == 0)
			return 0;
		return err_memory(e, path);
	}
	if (list_directory(w, path, e) == 0)
		return 0;
	strlist_free(w);
	return -1;
}
