/*
 * path_list.h - an option that names a file, or a directory full of them.
 */
#ifndef OFFLOADER_PATH_LIST_H
#define OFFLOADER_PATH_LIST_H

#include "base/array.h"
#include "base/err.h"

/*
 * The file itself, or the regular files of the directory by name, without
 * those that begin with a dot or end with "~". -1: an error; so is
 * an empty directory. The caller calls strlist_free() after success.
 */
int path_list(struct strlist *, const char *path, struct err *);

#endif
