/*
 * test_pem_dir.c - which files of a folder are certificates.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "caught.h"
#include "cert/pem_dir.h"
#include "one_folder.h"

/*
 * Makes entries in a fresh folder "in": "a" a file, "a/" a folder, "a>b" a
 * link to b, "a|" a fifo.
 */
static void
make(char *names)
{
	char path[512], *name, *rest = NULL, *to;
	FILE *f;

	mkdir(folder_file(&folder, "in"), 0700);
	for (name = strtok_r(names, " ", &rest); name != NULL;
	    name = strtok_r(NULL, " ", &rest)) {
		size_t len = strlen(name);

		if ((to = strchr(name, '>')) != NULL)
			*to++ = '\0';
		snprintf(path, sizeof path, "%s/in/%s", folder.path, name);
		if (to != NULL)
			assert_int_equal(symlink(to, path), 0);
		else if (name[len - 1] == '/')
			assert_int_equal(mkdir(path, 0700), 0);
		else if (name[len - 1] == '|') {
			path[strlen(path) - 1] = '\0';
			assert_int_equal(mkfifo(path, 0600), 0);
		} else {
			f = fopen(path, "w");
			assert_non_null(f);
			fclose(f);
		}
	}
}

/* What is found there, as "CERT CERT+KEY", without the folder's name. */
static char *
find(const char *names, const char *glob)
{
	static char found[1024];
	char *copy = strdup(names), path[256];
	struct pem_dir d;
	struct err e;
	size_t at = 0, skip;

	found[0] = '\0';
	make(copy);
	free(copy);
	snprintf(path, sizeof path, "%s/in", folder.path);
	skip = strlen(path) + 1;
	if (pem_dir_read(&d, path, glob, &e) != 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < d.n; i++) {
		const struct pem_pair *p = &d.pair[i];

		assert_memory_equal(p->pem, path, skip - 1);
		at += (size_t)snprintf(found + at, sizeof found - at,
		    "%s%s%s%s", i > 0 ? " " : "", p->pem + skip,
		    p->key != NULL ? "+" : "",
		    p->key != NULL ? p->key + skip : "");
	}
	pem_dir_clear(&d);
	assert_int_equal(nftw(path, folder_forget, 8, FTW_DEPTH | FTW_PHYS),
	    0);
	return found;
}

static void
test_every_layout_gives_its_pairs_in_order(void **state)
{
	static const struct { const char *glob, *names, *found; } rows[] = {
		{ NULL, "", "" },
		{ NULL, "b.pem a.pem C c.crt", "C a.pem b.pem c.crt" },
		/* certbot, and the note it leaves there */
		{ NULL, "README b.org/ b.org/fullchain.pem b.org/privkey.pem "
		    "b.org/cert.pem b.org/chain.pem a.org/ "
		    "a.org/fullchain.pem a.org/privkey.pem", "README "
		    "a.org/fullchain.pem+a.org/privkey.pem "
		    "b.org/fullchain.pem+b.org/privkey.pem" },
		/* dehydrated, with links to what is new */
		{ NULL, "a.org/ a.org/privkey-17.pem a.org/fullchain-17.pem "
		    "a.org/privkey.pem>privkey-17.pem "
		    "a.org/fullchain.pem>fullchain-17.pem",
		    "a.org/fullchain.pem+a.org/privkey.pem" },
		/* a link to a folder */
		{ NULL, "live>../in/.there .there/ .there/fullchain.pem "
		    ".there/privkey.pem", "live/fullchain.pem+live/privkey.pem"
		},
		/* lego, with and without --pem */
		{ NULL, "a.crt a.key a.issuer.crt a.json _.b.org.crt "
		    "_.b.org.key _.b.org.issuer.crt _.b.org.pem",
		    "_.b.org.crt+_.b.org.key a.crt+a.key" },
		{ "*.pem", "a.crt a.key a.issuer.crt a.json a.pem",
		    "a.pem+a.key" },
		/* certificate and chain here, the key there */
		{ NULL, "a.pem a.key b.pem", "a.pem+a.key b.pem" },
		/* one of certbot's folders itself */
		{ NULL, "README cert.pem chain.pem fullchain.pem privkey.pem",
		    "README fullchain.pem+privkey.pem" },
		/* all of them at once */
		{ NULL, "x.pem a.crt a.key n.org/ n.org/fullchain.pem "
		    "n.org/privkey.pem", "a.crt+a.key "
		    "n.org/fullchain.pem+n.org/privkey.pem x.pem" },
		/* The glob is for the names of certificates' files. */
		{ "*.pem", "a.crt a.key b.pem c.pem c.key n/ n/fullchain.pem "
		    "n/privkey.pem", "b.pem c.pem+c.key "
		    "n/fullchain.pem+n/privkey.pem" },
		{ "*.crt", "a.crt a.key b.pem n/ n/fullchain.pem "
		    "n/privkey.pem", "a.crt+a.key" },
		{ "", "a.pem", "a.pem" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *found = find(rows[i].names, rows[i].glob);

		if (strcmp(found, rows[i].found) != 0)
			fail_msg("row %zu: \"%s\"", i, found);
	}
}

static void
test_what_is_passed_over_is_said_with_its_reason(void **state)
{
	static const struct { const char *names, *found, *said; } rows[] = {
		{ ".a.pem", "", ".a.pem skipped: its name begins with" },
		{ "a.pem~", "", "a.pem~ skipped: its name is" },
		{ "a.pem.bak", "", "a.pem.bak skipped: its name is" },
		{ "a.pem.orig", "", "a.pem.orig skipped: its name is" },
		{ "a.dpkg-old", "", "a.dpkg-old skipped: its name is" },
		{ "a.dpkg-dist", "", "a.dpkg-dist skipped: its name is" },
		{ "a.rpmsave", "", "a.rpmsave skipped: its name is" },
		{ "a.rpmnew", "", "a.rpmnew skipped: its name is" },
		{ "#a.pem#", "", "#a.pem# skipped: its name is" },
		{ "n.bak/ n.bak/fullchain.pem n.bak/privkey.pem", "",
		    "n.bak skipped: its name is" },
		{ "a.key", "", "a.key skipped: a key without" },
		{ "a.crt a.key a.json", "a.crt+a.key",
		    "a.json skipped: metadata" },
		{ "a.crt a.issuer.crt", "a.crt",
		    "a.issuer.crt skipped: it is also in" },
		{ "a.crt a.key a.pem", "a.crt+a.key",
		    "a.pem skipped: the .crt and .key" },
		{ "cert.pem fullchain.pem privkey.pem",
		    "fullchain.pem+privkey.pem",
		    "cert.pem skipped: it is also in fullchain.pem" },
		{ "n/", "", "n skipped: a directory without fullchain.pem" },
		{ "n/ n/fullchain.pem", "", "n skipped: a directory with "
		    "fullchain.pem, but no privkey.pem" },
		{ "n/ n/privkey.pem", "", "n skipped: a directory with "
		    "privkey.pem, but no fullchain.pem" },
		{ "n/ n/fullchain.pem>gone n/privkey.pem", "",
		    "n skipped: a directory with privkey.pem" },
		/* No deeper than this. */
		{ "n/ n/m/ n/m/fullchain.pem n/m/privkey.pem", "",
		    "n skipped: a directory without" },
		{ "a.pem>gone", "", "a.pem skipped: No such file" },
		{ "a.pem|", "", "a.pem skipped: neither a file nor" },
		{ "a\nb.key", "", "a\\x0Ab.key skipped: " },
		/* What only looks like one of these. */
		{ "issuer.crt a.issuer.crt json.pem a.json cert.pem chain.pem "
		    "a.key.pem", "a.issuer.crt a.json a.key.pem cert.pem "
		    "chain.pem issuer.crt json.pem", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *found, *said;

		caught_begin(&folder, LOG_EVENTS);
		found = find(rows[i].names, NULL);
		said = caught_lines(&folder);
		if (strcmp(found, rows[i].found) != 0)
			fail_msg("row %zu: \"%s\"", i, found);
		if (strstr(said, rows[i].said) == NULL ||
		    (rows[i].said[0] == '\0' && said[0] != '\0'))
			fail_msg("row %zu: %s", i, said);
	}
	caught_begin(&folder, LOG_TROUBLE);
	find(".a.pem", NULL);
	assert_string_equal(caught_lines(&folder), "");
}

static void
test_a_folder_that_cannot_be_read_is_said(void **state)
{
	struct pem_dir d;
	struct err e;

	(void)state;
	assert_int_equal(pem_dir_read(&d, folder_file(&folder, "nowhere"),
	    NULL, &e), -1);
	assert_int_equal(e.kind, ERR_NO_FILE);
	assert_non_null(strstr(e.text, "nowhere: No such file"));
	folder_write(&folder, "file", "x", 1);
	assert_int_equal(pem_dir_read(&d, folder.file, NULL, &e), -1);
	assert_non_null(strstr(e.text, "file: Not a directory"));
}

static void
test_a_slash_at_its_end_is_not_doubled(void **state)
{
	char path[256];
	struct pem_dir d;
	struct err e;

	(void)state;
	mkdir(folder_file(&folder, "slash"), 0700);
	folder_write(&folder, "slash/a.pem", "x", 1);
	snprintf(path, sizeof path, "%s/slash/", folder.path);
	assert_int_equal(pem_dir_read(&d, path, NULL, &e), 0);
	assert_int_equal(d.n, 1);
	assert_string_equal(d.pair[0].pem, folder_file(&folder,
	    "slash/a.pem"));
	pem_dir_clear(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_layout_gives_its_pairs_in_order),
		cmocka_unit_test(
		    test_what_is_passed_over_is_said_with_its_reason),
		cmocka_unit_test(test_a_folder_that_cannot_be_read_is_said),
		cmocka_unit_test(test_a_slash_at_its_end_is_not_doubled),
	};

	return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
