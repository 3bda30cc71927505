/*
 * test_cert_set.c - the certificates of a scope: files by name, or a folder.
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
#include "cert/cert_set.h"
#include "config/load.h"
#include "folder.h"
#include "issuer.h"
#include "keys/keyring_local.h"

static struct folder folder;
static char said[4096];
static const char damaged[] = "-----BEGIN CERTIFICATE-----\nAAAA\n"
    "-----END CERTIFICATE-----\n";
static struct keyring *ring;
static struct cert_store *store;

static void
make_file(const char *name, const char *cn)
{
	struct test_cert p = issuer_name(cn, NULL);

	issuer_write(folder_file(&folder, name), &p);
	issuer_free(&p);
}

static int
set_up(void **state)
{
	(void)state;
	if (folder_make(&folder) != 0 ||
	    (ring = keyring_local_new()) == NULL ||
	    (store = cert_store_new(ring)) == NULL ||
	    mkdir(folder_file(&folder, "dir"), 0700) != 0 ||
	    mkdir(folder_file(&folder, "dir/folder.pem"), 0700) != 0 ||
	    mkdir(folder_file(&folder, "empty"), 0700) != 0)
		return -1;
	make_file("one.pem", "one");
	make_file("two.pem", "two");
	make_file("one-again.pem", "one");
	make_file("odd.pem", "no name\n");
	make_file("dir/b.pem", "b");
	make_file("dir/a.pem", "a");
	make_file("dir/c.crt", "c");
	make_file("dir/.hidden.pem", "hidden");
	make_file("dir/b.pem~", "backup");
	folder_write(&folder, "bad.pem", damaged, sizeof damaged - 1);
	folder_write(&folder, "cut.pem", damaged, 40);
	folder_write(&folder, "void.pem", "", 0);
	folder_write(&folder, "README", "no certificate\n", 15);
	make_file("loose.pem", "loose");
	chmod(folder_file(&folder, "loose.pem"), 0604);
	if (symlink("../two.pem", folder_file(&folder, "dir/link.pem")) != 0 ||
	    symlink("nowhere", folder_file(&folder, "dir/gone.pem")) != 0 ||
	    mkfifo(folder_file(&folder, "dir/fifo.pem"), 0600) != 0)
		return -1;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	cert_store_free(store);
	keyring_free(ring);
	return folder_remove(&folder);
}

static void
say(const char *sentence)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof said - n, "%s\n", sentence);
}

/* Loads these options, "@" being the folder. The names that came out: */
static int
load(const char *options, char names[256])
{
	struct faults faults = { .say = say };
	char text[2048] = "";
	struct cert_scope scope;
	struct cert_load hold;
	struct cert_set set;
	struct conf *conf;
	struct err e;
	size_t n = 0;
	int r;

	for (; *options != '\0'; options++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%.*s",
		    *options == '@' ? 64 : 1,
		    *options == '@' ? folder.path : options);
	said[0] = names[0] = '\0';
	conf = conf_load_text("test.conf", text, n, say, &e);
	if (conf == NULL)
		fail_msg("%s", said);
	scope = (struct cert_scope){ .scope = conf, .certs = &conf->certs,
	    .pem_dir = conf->pem_dir, .pem_dir_glob = conf->pem_dir_glob,
	    .pem_dir_lenient = conf->pem_dir_lenient };
	cert_store_begin(store, &hold);
	hold.insecure_keys = conf->allow_loose_keys;
	r = cert_set_load(&set, &hold, conf, &scope, &faults);
	assert_int_equal(r == 0, faults.n == 0);
	for (size_t i = 0, at = 0; i < set.n; i++) {
		assert_int_equal(set.entry[i].cert->n_names, 1);
		at += (size_t)snprintf(names + at, 256 - at, "%s%s",
		    i > 0 ? " " : "", set.entry[i].cert->names[0]);
	}
	/* One that was asked for by name knows who asked. */
	for (size_t i = 0; i < conf->certs.n && r == 0; i++)
		assert_ptr_equal(set.entry[i].conf, &conf->certs.cert[i]);
	cert_set_clear(&set);
	cert_store_end(&hold);
	conf_free(conf);
	return (int)faults.n;
}

static void
test_files_come_in_their_order_and_then_the_folder_in_its_own(void **state)
{
	static const struct { const char *options, *names; } rows[] = {
		{ "pem-file = \"@/two.pem\"\npem-file = \"@/one.pem\"\n",
		    "two one" },
		/* Neither hidden files nor backups, nor what is no file. */
		{ "pem-dir = \"@/dir\"\n", "a b c two" },
		{ "pem-dir = \"@/dir/\"\n", "a b c two" },
		{ "pem-dir = \"@/dir\"\npem-file = \"@/one.pem\"\n",
		    "one a b c two" },
		{ "pem-dir = \"@/dir\"\npem-dir-glob = \"*.crt\"\n", "c" },
		{ "pem-dir = \"@/dir\"\npem-dir-glob = \"[ab].*\"\n", "a b" },
		{ "pem-dir = \"@/dir\"\npem-dir-glob = \"x*\"\n", "" },
		{ "pem-dir = \"@/dir\"\npem-dir-glob = \"\"\n", "a b c two" },
		{ "pem-dir = \"@/empty\"\n", "" },
	};
	char names[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (load(rows[i].options, names) != 0)
			fail_msg("row %zu: %s", i, said);
		assert_string_equal(names, rows[i].names);
	}
}

static void
test_every_fault_has_its_place_and_the_rest_is_loaded(void **state)
{
	static const struct {
		const char *options, *names;
		int faults;
		const char *why[3];
	} rows[] = {
		{ "pem-file = \"@/one.pem\"\npem-file = \"@/bad.pem\"\n"
		    "pem-file = \"@/gone.pem\"\npem-file = \"@/two.pem\"\n",
		    "one two", 2, { "test.conf:2: ",
		    "bad.pem: no usable private key", "test.conf:3: " } },
		{ "pem-file = \"@/one.pem\"\n\npem-dir = \"@/nowhere\"\n",
		    "one", 1, { "test.conf:3: ", "nowhere: No such file" } },
		{ "pem-file = \"@/one.pem\"\npem-dir = \"@/two.pem\"\n",
		    "one", 1, { "test.conf:2: ", "two.pem: Not a directory" } },
		{ "pem-dir = \"@\"\npem-dir-glob = \"[bt]*.pem\"\n", "two", 1,
		    { "test.conf:1: ", "bad.pem: no usable private key" } },
		{ "pem-dir = \"@\"\npem-dir-glob = \"[lt]*.pem\"\n", "two", 1,
		    { "test.conf:1: ", "loose.pem: other users can read" } },
		{ "pem-dir = \"@\"\npem-dir-glob = \"[lt]*.pem\"\n"
		    "allow-loose-keys = on\n", "loose two", 0, { NULL } },
		{ "pem-file = \"@/cut.pem\"\npem-file = \"@/README\"\n", "",
		    2, { "cut.pem: ", "README: " } },
	};
	char names[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(load(rows[i].options, names),
		    rows[i].faults);
		assert_string_equal(names, rows[i].names);
		for (int k = 0; k < 3 && rows[i].why[k] != NULL; k++)
			if (strstr(said, rows[i].why[k]) == NULL)
				fail_msg("row %zu: %s", i, said);
	}
}

static void
test_names_that_are_of_no_use_are_warned_of(void **state)
{
	static const struct { const char *options, *warning; } rows[] = {
		{ "pem-file = \"@/one.pem\"\npem-file = \"@/two.pem\"\n",
		    NULL },
		/* The same one twice takes nothing from anybody. */
		{ "pem-file = \"@/one.pem\"\npem-file = \"@/one.pem\"\n",
		    NULL },
		{ "pem-file = \"@/one.pem\"\npem-file = \"@/one-again.pem\"\n",
		    "one-again.pem: \"one\" is also in " },
		/* Somebody else's bytes do not make lines of ours. */
		{ "pem-file = \"@/odd.pem\"\n",
		    "odd.pem: \"no name\\x0A\" matches no client's request" },
	};
	char names[256];
	const char *log;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		caught_begin(&folder, LOG_TROUBLE);
		assert_int_equal(load(rows[i].options, names), 0);
		log = caught_lines(&folder);
		if (rows[i].warning == NULL)
			assert_string_equal(log, "");
		else if (strstr(log, rows[i].warning) == NULL)
			fail_msg("row %zu: %s", i, log);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		test_files_come_in_their_order_and_then_the_folder_in_its_own),
		cmocka_unit_test(
		    test_every_fault_has_its_place_and_the_rest_is_loaded),
		cmocka_unit_test(test_names_that_are_of_no_use_are_warned_of),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
