/*
 * test_credential.c - which file a relative name means.
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

#include "config/build.h"
#include "config/conf.h"
#include "config/load.h"
#include "folder.h"

static struct folder folder;
static char given[128];		/* $CREDENTIALS_DIRECTORY */

static int
set_up(void **state)
{
	(void)state;
	if (folder_make(&folder) != 0 ||
	    mkdir(folder_file(&folder, "given"), 0700) != 0)
		return -1;
	snprintf(given, sizeof given, "%s", folder.file);
	folder_write(&folder, "here", "", 0);
	folder_write(&folder, "both", "", 0);
	folder_write(&folder, "given/both", "", 0);
	folder_write(&folder, "given/given", "", 0);
	return chdir(folder.path);
}

static int
tear_down(void **state)
{
	(void)state;
	return chdir("/") == 0 ? folder_remove(&folder) : -1;
}

static void
test_only_what_is_not_here_is_looked_for_there(void **state)
{
	static const struct { const char *name; bool there; } rows[] = {
		{ "given", true }, { "here", false }, { "both", false },
		{ "neither", false }, { "", false }, { "/given", false },
		{ "/nowhere", false }, { "./given/given", false },
	};

	(void)state;
	/* The folder has the name of what is in it. */
	assert_int_equal(rename(given, folder_file(&folder, "there")), 0);
	snprintf(given, sizeof given, "%s", folder.file);
	setenv("CREDENTIALS_DIRECTORY", given, 1);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *path = build_credential(rows[i].name), there[256];

		snprintf(there, sizeof there, "%s/%s", given, rows[i].name);
		if (rows[i].there)
			assert_string_equal(path, there);
		else
			assert_null(path);
		free(path);
	}
	setenv("CREDENTIALS_DIRECTORY", "there", 1);
	assert_null(build_credential("given"));
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_null(build_credential("given"));
}

static void
say(const char *sentence)
{
	print_error("%s\n", sentence);
}

static void
test_every_option_that_reads_a_file_finds_it_there(void **state)
{
	static const char text[] = "client-verify-ca = given\n"
	    "key-passphrase-file = given\nticket-key-file = given\n"
	    "log-filename = given\n"
	    "frontend = { port = 1\npem-file = { cert = given\n"
	    "private-key = given\nclient-verify-ca = given\n"
	    "key-passphrase-file = given } }\n"
	    "frontend = \"[*]:2+given\"\n"
	    "pem-file = { cert = here\nprivate-key = \"pkcs11:object=x\" }\n";
	char there[256];
	struct conf *c;
	struct err e;

	(void)state;
	setenv("CREDENTIALS_DIRECTORY", given, 1);
	c = conf_load_text("t", text, sizeof text - 1, say, &e);
	assert_non_null(c);
	snprintf(there, sizeof there, "%s/given", given);
	assert_string_equal(c->client.ca, there);
	assert_string_equal(c->tls.key_passphrase_file, there);
	assert_string_equal(c->ticket_key_file, there);
	assert_string_equal(c->fronts[0].client.ca, there);
	assert_string_equal(c->fronts[0].certs.cert[0].pem_file, there);
	assert_string_equal(c->fronts[0].certs.cert[0].private_key, there);
	assert_string_equal(c->fronts[0].certs.cert[0].client.ca, there);
	assert_string_equal(c->fronts[0].certs.cert[0].key_passphrase_file,
	    there);
	assert_string_equal(c->fronts[1].certs.cert[0].pem_file, there);
	assert_string_equal(c->certs.cert[0].pem_file, "here");
	assert_string_equal(c->certs.cert[0].private_key, "pkcs11:object=x");
	/* What is written is no credential. */
	assert_string_equal(c->log_filename, "given");
	conf_free(c);
	unsetenv("CREDENTIALS_DIRECTORY");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_only_what_is_not_here_is_looked_for_there),
		cmocka_unit_test(
		    test_every_option_that_reads_a_file_finds_it_there),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
