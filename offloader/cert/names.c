/*
 * names.c - which certificates for this name.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Out of memory is an answer, not an end of the program. */
#define uthash_nonfatal_oom(name)	((name)->lost = true)
#define HASH_NONFATAL_OOM		1
#include <uthash.h>

#include "cert/names.h"

struct name {
	UT_hash_handle hh;
	struct name_entry held;
	bool lost;			/* the table had no memory for it */
	char text[];			/* small letters, "*." kept */
};

struct names {
	struct name *table;
};

static char
small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Bytes a host name is made of; underscores are met in practice. */
static bool
is_label(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = small(s[i]);

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' &&
		    c != '_')
			return false;
	}
	return len > 0 && len <= 63;
}

/* Writes a name as it is compared. Returns its length, or 0: no such name. */
static size_t
normal(char out[NAMES_MAX], const char *name, size_t len)
{
	if (len > 0 && name[len - 1] == '.')
		len--;
	if (len == 0 || len > NAMES_MAX)
		return 0;
	for (size_t i = 0; i < len; i++)
		out[i] = small(name[i]);
	return len;
}

/* Every label well formed, of which the first may be "*" if others follow. */
static bool
usable(const char *s, size_t len)
{
	const char *end = s + len;

	if (len > 2 && s[0] == '*' && s[1] == '.')
		s += 2;
	for (;;) {
		const char *dot = memchr(s, '.', (size_t)(end - s));

		if (!is_label(s, (size_t)((dot ? dot : end) - s)))
			return false;
		if (dot == NULL)
			return true;
		s = dot + 1;
	}
}

/* A client that names an address is taken to name nothing (see hello.h). */
static bool
is_address(const char *key, size_t len)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr address;

	if (len >= sizeof text)
		return false;
	memcpy(text, key, len);
	text[len] = '\0';
	return inet_pton(AF_INET, text, &address) == 1;
}

static struct name *
look_up(const struct names *n, const char *text, size_t len)
{
	struct name *found;

	HASH_FIND(hh, n->table, text, len, found);
	return found;
}

struct names *
names_new(void)
{
	return calloc(1, sizeof(struct names));
}

static void
forget_beside(struct name_entry *first)
{
	struct name_entry *h = first->next, *next;

	for (; h != NULL; h = next) {
		next = h->next;
		free(h);
	}
}

void
names_free(struct names *n)
{
	struct name *name, *next;

	if (n == NULL)
		return;
	HASH_ITER(hh, n->table, name, next) {
		HASH_DEL(n->table, name);
		forget_beside(&name->held);
		free(name);
	}
	free(n);
}

/* The first stays where it is: what it holds may move behind it. */
static enum names_added
add_beside(struct name_entry *h, const struct cert *cert,
    const struct cert **other)
{
	struct name_entry *more;

	*other = h->cert;
	while (h->next != NULL && h->next->cert->kind <= cert->kind)
		h = h->next;
	if (h->cert->kind == cert->kind) {
		*other = h->cert;
		h->cert = cert;
		return *other == cert ? NAMES_NEW : NAMES_AGAIN;
	}
	if ((more = malloc(sizeof *more)) == NULL)
		return NAMES_NO_MEMORY;
	if (cert->kind < h->cert->kind) {
		*more = *h;
		*h = (struct name_entry){ cert, more };
	} else {
		*more = (struct name_entry){ cert, h->next };
		h->next = more;
	}
	return NAMES_BESIDE;
}

enum names_added
names_add(struct names *n, const char *text, size_t len,
    const struct cert *cert, const struct cert **other)
{
	char key[NAMES_MAX];
	struct name *name;

	if ((len = normal(key, text, len)) == 0 || !usable(key, len) ||
	    is_address(key, len))
		return NAMES_UNUSABLE;
	if ((name = look_up(n, key, len)) != NULL)
		return add_beside(&name->held, cert, other);
	if ((name = calloc(1, sizeof *name + len + 1)) == NULL)
		return NAMES_NO_MEMORY;
	memcpy(name->text, key, len);
	name->held.cert = cert;
	HASH_ADD_KEYPTR(hh, n->table, name->text, (unsigned)len, name);
	if (name->lost) {
		free(name);
		return NAMES_NO_MEMORY;
	}
	return NAMES_NEW;
}

const struct name_entry *
names_added_as(const struct names *n, const char *text, size_t len)
{
	char key[NAMES_MAX];
	struct name *name;

	if ((len = normal(key, text, len)) == 0)
		return NULL;
	name = look_up(n, key, len);
	return name != NULL ? &name->held : NULL;
}

/* A star in a question is no wildcard. */
const struct name_entry *
names_exact(const struct names *n, const char *text, size_t len)
{
	return len == 0 || memchr(text, '*', len) != NULL ? NULL :
	    names_added_as(n, text, len);
}

const struct name_entry *
names_wild(const struct names *n, const char *text, size_t len)
{
	char key[NAMES_MAX], *dot;
	struct name *name;

	if ((len = normal(key, text, len)) == 0 ||
	    memchr(key, '*', len) != NULL)
		return NULL;
	dot = memchr(key, '.', len);
	if (dot == NULL || dot == key)
		return NULL;
	/* The asked label becomes "*", in place: it has at least one byte. */
	dot[-1] = '*';
	name = look_up(n, dot - 1, (size_t)(key + len - (dot - 1)));
	return name != NULL ? &name->held : NULL;
}
