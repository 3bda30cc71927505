/*
 * pem_dir.c - which files of a folder are certificates.
 */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "log/log.h"
#include "cert/pem_dir.h"

#define MAX_ENTRIES	1000000	/* lego has four for each certificate */

#define CHAIN		"fullchain.pem"
#define KEY		"privkey.pem"

/* All that stands in the folder, sorted. */
struct listing {
	const char *path, *glob;
	char **name;
	size_t n;
	struct pem_dir *found;
};

/* ------------------------------------------------- names --------------- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len > n && strcmp(name + len - n, end) == 0;
}

static bool
has(const struct listing *l, const char *name)
{
	return bsearch(&name, l->name, l->n, sizeof *l->name, by_name) != NULL;
}

/* What a name becomes with another ending. */
struct name { char text[NAME_MAX + 16]; };

static struct name
with_ending(const char *name, const char *end, const char *other)
{
	struct name n;

	snprintf(n.text, sizeof n.text, "%.*s%s", (int)(strlen(name) -
	    strlen(end)), name, other);
	return n;
}

static bool
has_beside(const struct listing *l, const char *name, const char *end,
    const char *other)
{
	struct name n = with_ending(name, end, other);

	return has(l, n.text);
}

/* Whether the user's pattern lets a certificate's file have this name. */
static bool
is_wanted(const struct listing *l, const char *name)
{
	return l->glob == NULL || *l->glob == '\0' ||
	    fnmatch(l->glob, name, 0) == 0;
}

static bool
is_backup(const char *name)
{
	static const char *const ends[] = { "~", "#", ".bak", ".old", ".orig",
	    ".tmp", ".rpmnew", ".rpmorig", ".rpmsave" };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (ends_in(name, ends[i]))
			return true;
	return name[0] == '#' || strstr(name, ".dpkg-") != NULL;
}

/* Whether it is the key of a certificate that is taken. */
static bool
is_a_pairs_key(const struct listing *l, const char *name)
{
	if (strcmp(name, KEY) == 0)
		return has(l, CHAIN);
	return ends_in(name, ".key") && (has_beside(l, name, ".key", ".crt") ||
	    has_beside(l, name, ".key", ".pem"));
}

/* What stands elsewhere as well; NULL: nothing is known of it. */
static const char *
twice_over(const struct listing *l, const char *name)
{
	if (has(l, CHAIN) && has(l, KEY) && (strcmp(name, "cert.pem") == 0 ||
	    strcmp(name, "chain.pem") == 0))
		return "it is also in " CHAIN;
	if (ends_in(name, ".issuer.crt") &&
	    has_beside(l, name, ".issuer.crt", ".crt"))
		return "it is also in the .crt file";
	if (ends_in(name, ".pem") && has_beside(l, name, ".pem", ".crt") &&
	    has_beside(l, name, ".pem", ".key") &&
	    is_wanted(l, with_ending(name, ".pem", ".crt").text))
		return "the .crt and .key of the same name are used";
	return NULL;
}

/* Why a name is no certificate's; NULL: it may be one. */
static const char *
name_skip_reason(const struct listing *l, const char *name)
{
	if (name[0] == '.')
		return "its name begins with a dot";
	if (is_backup(name))
		return "its name is that of a backup or an unfinished file";
	if (ends_in(name, ".key"))
		return "a key without a certificate of the same name";
	if (ends_in(name, ".json") && has_beside(l, name, ".json", ".crt"))
		return "metadata of the .crt of the same name";
	return twice_over(l, name);
}

static void
pass_over(const struct listing *l, const char *name, const char *why)
{
	char text[512];

	if (log_events())
		log_info("%s: %s skipped: %s", l->path, log_escape(text,
		    sizeof text, name, strlen(name)), why);
}

/* ------------------------------------------------- pairs --------------- */

/* The path of a file in the folder, or in one of its own. */
static char *
path_of(const struct listing *l, const char *name, const char *inner)
{
	size_t len = strlen(l->path);
	char *path;

	return asprintf(&path, "%s%s%s%s%s", l->path,
	    len > 0 && l->path[len - 1] == '/' ? "" : "/", name,
	    inner != NULL ? "/" : "", inner != NULL ? inner : "") < 0 ?
	    NULL : path;
}

/* Takes over both names. key NULL: none. */
static int
add_pair(struct pem_dir *d, char *pem, char *key, bool paired)
{
	struct pem_pair *more = array_grow(d->pair, d->n, sizeof *more);

	if (more != NULL)
		d->pair = more;
	if (more == NULL || pem == NULL || (paired && key == NULL)) {
		free(pem);
		free(key);
		return -1;
	}
	more[d->n++] = (struct pem_pair){ pem, key };
	return 0;
}

static bool
is_there(const char *path)
{
	struct stat st;

	return path != NULL && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* A folder in the folder: a pair is in it, or nothing that concerns us. */
static int
take_folder(const struct listing *l, const char *name)
{
	char *pem = path_of(l, name, CHAIN), *key = path_of(l, name, KEY);
	bool pem_there = is_there(pem), key_there = is_there(key);

	if (pem == NULL || key == NULL || (pem_there && key_there &&
	    is_wanted(l, CHAIN)))
		return add_pair(l->found, pem, key, true);
	if (!pem_there && !key_there)
		pass_over(l, name, "a directory without " CHAIN " and " KEY);
	else if (!pem_there)
		pass_over(l, name, "a directory with " KEY ", but no " CHAIN);
	else if (!key_there)
		pass_over(l, name, "a directory with " CHAIN ", but no " KEY);
	free(pem);
	free(key);
	return 0;
}

/* The path of the key that belongs to a file. NULL: none. */
static char *
key_of(const struct listing *l, const char *name, bool *paired)
{
	static const char *const ends[] = { ".crt", ".pem" };
	struct name key = { "" };

	if (strcmp(name, CHAIN) == 0 && has(l, KEY))
		key = with_ending("", "", KEY);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (ends_in(name, ends[i]) &&
		    has_beside(l, name, ends[i], ".key"))
			key = with_ending(name, ends[i], ".key");
	*paired = key.text[0] != '\0';
	return *paired ? path_of(l, key.text, NULL) : NULL;
}

static int
take_file(const struct listing *l, const char *name)
{
	bool paired;
	char *key;

	if (!is_wanted(l, name))
		return 0;
	key = key_of(l, name, &paired);
	return add_pair(l->found, path_of(l, name, NULL), key, paired);
}

static int
take_listed(const struct listing *l, const char *name)
{
	const char *why;
	struct stat st;
	char *path;
	int r;

	if (is_a_pairs_key(l, name))
		return 0;
	if ((why = name_skip_reason(l, name)) != NULL) {
		pass_over(l, name, why);
		return 0;
	}
	if ((path = path_of(l, name, NULL)) == NULL)
		return -1;
	r = stat(path, &st);
	free(path);
	if (r == 0 && S_ISDIR(st.st_mode))
		return take_folder(l, name);
	if (r == 0 && S_ISREG(st.st_mode))
		return take_file(l, name);
	pass_over(l, name, r == -1 ? strerror(errno) :
	    "neither a file nor a directory");
	return 0;
}

/* ------------------------------------------------- the folder ---------- */

static int
list_one(struct listing *l, const char *name, struct err *e)
{
	char **more;

	if (l->n == MAX_ENTRIES)
		return err_set(e, "%s: more than %d files", l->path,
		    MAX_ENTRIES);
	if ((more = array_grow(l->name, l->n, sizeof *more)) == NULL)
		return err_memory(e, l->path);
	l->name = more;
	if ((l->name[l->n] = strdup(name)) == NULL)
		return err_memory(e, l->path);
	l->n++;
	return 0;
}

static int
list_all(struct listing *l, struct err *e)
{
	DIR *dir = opendir(l->path);
	const struct dirent *d;
	int r = 0;

	if (dir == NULL)
		return err_set_kind(e, ERR_NO_FILE, "%s: %s", l->path,
		    strerror(errno));
	while (errno = 0, r == 0 && (d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 &&
		    strcmp(d->d_name, "..") != 0)
			r = list_one(l, d->d_name, e);
	if (r == 0 && errno != 0)
		r = err_set_kind(e, ERR_OS, "%s: %s", l->path,
		    strerror(errno));
	closedir(dir);
	if (l->n > 0)
		qsort(l->name, l->n, sizeof *l->name, by_name);
	return r;
}

int
pem_dir_read(struct pem_dir *found, const char *path, const char *glob,
    struct err *e)
{
	struct listing l = { .path = path, .glob = glob, .found = found };
	int r;

	*found = (struct pem_dir){ 0 };
	r = list_all(&l, e);
	for (size_t i = 0; r == 0 && i < l.n; i++)
		if (take_listed(&l, l.name[i]) != 0)
			r = err_memory(e, path);
	for (size_t i = 0; i < l.n; i++)
		free(l.name[i]);
	free(l.name);
	if (r != 0)
		pem_dir_clear(found);
	return r;
}

void
pem_dir_clear(struct pem_dir *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->pair[i].pem);
		free(d->pair[i].key);
	}
	free(d->pair);
	*d = (struct pem_dir){ 0 };
}
