/*
 * test_cert_store.c - what did not change is not read again.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cert/cert_store.h"
#include "folder.h"
#include "issuer.h"
#include "keys/keyring_local.h"

static struct folder folder;
static struct keyring *ring;
static struct test_cert a, b;
static char *a_cert, *a_key, *b_cert, *b_key;
static char pem[sizeof folder.file], key[sizeof folder.file];

static int
set_up(void **state)
{
	(void)state;
	if (folder_make(&folder) != 0)
		return -1;
	a = issuer_name("a", NULL);
	b = issuer_name("b", NULL);
	a_cert = issuer_cert_text(a.cert);
	b_cert = issuer_cert_text(b.cert);
	a_key = issuer_key_text(a.key, NULL, false);
	b_key = issuer_key_text(b.key, NULL, true);
	snprintf(pem, sizeof pem, "%s", folder_file(&folder, "x.pem"));
	snprintf(key, sizeof key, "%s", folder_file(&folder, "x.key"));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(a_cert);
	free(a_key);
	free(b_cert);
	free(b_key);
	issuer_free(&a);
	issuer_free(&b);
	keyring_free(ring);
	return folder_remove(&folder);
}

/* A store and its ring, after the last one has gone. */
static struct cert_store *
fresh(void)
{
	keyring_free(ring);
	ring = keyring_local_new();
	assert_non_null(ring);
	return cert_store_new(ring);
}

/* Waits until nobody could have changed a file unseen. */
static void
settle(const char *file)
{
	struct file_id s;
	struct stat st;

	do {
		assert_int_equal(stat(file, &st), 0);
		file_id_set(&s, &st);
	} while (!s.settled);
}

/* Writes a file of two texts. */
static void
put(const char *file, const char *one, const char *two)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fprintf(f, "%s%s", one, two);
	fclose(f);
	settle(file);
}

static const struct cert *
ask(struct cert_load *load, const char *file, const char *key_file,
    struct err *e)
{
	const struct key_source from = { file, key_file, NULL, false };

	return cert_store_get(load, &from, e);
}

/* Begins a load, and asks for the certificate. */
static const struct cert *
get(struct cert_store *s, struct cert_load *load, const char *key_file)
{
	struct err e = { .text = "" };
	const struct cert *c;

	cert_store_begin(s, load);
	c = ask(load, pem, key_file, &e);
	assert_int_equal(c == NULL, e.text[0] != '\0');
	return c;
}

static void
test_an_unchanged_file_gives_the_same_certificate(void **state)
{
	struct cert_store *s = fresh();
	struct cert_load one, two, three;
	const struct cert *first;

	(void)state;
	put(pem, a_cert, a_key);
	first = get(s, &one, NULL);
	assert_non_null(first);
	assert_int_equal(one.reads, 1);
	assert_ptr_equal(get(s, &two, NULL), first);
	assert_int_equal(two.reads, 0);
	/* Whichever ends first, as after a reload that was refused. */
	cert_store_end(&two);
	assert_string_equal(first->names[0], "a");
	assert_ptr_equal(get(s, &three, NULL), first);
	assert_int_equal(three.reads, 0);
	cert_store_end(&one);
	assert_string_equal(first->names[0], "a");
	cert_store_end(&three);
	cert_store_free(s);
}

static void
rewrite(void)
{
	put(pem, b_cert, b_key);
}

static void
touch(void)
{
	assert_int_equal(utimensat(AT_FDCWD, pem, NULL, 0), 0);
}

static void
move(void)
{
	put(folder_file(&folder, "new"), a_cert, a_key);
	assert_int_equal(rename(folder.file, pem), 0);
}

static void
test_a_changed_file_gives_another_and_holders_keep_theirs(void **state)
{
	static void (*const happens[])(void) = { rewrite, touch, move };

	(void)state;
	for (size_t i = 0; i < sizeof happens / sizeof *happens; i++) {
		struct cert_store *s = fresh();
		const struct cert *first, *then;
		struct cert_load one, two;

		put(pem, a_cert, a_key);
		first = get(s, &one, NULL);
		happens[i]();
		then = get(s, &two, NULL);
		assert_non_null(then);
		assert_int_equal(two.reads, 1);
		assert_ptr_not_equal(first, then);
		assert_string_equal(first->names[0], "a");
		assert_string_equal(then->names[0], i == 0 ? "b" : "a");
		cert_store_end(&one);
		assert_string_equal(then->names[0], i == 0 ? "b" : "a");
		cert_store_end(&two);
		cert_store_free(s);
	}
}

static void
test_a_key_file_that_changes_alone_is_noticed(void **state)
{
	struct cert_store *s = fresh();
	struct cert_load load[4];
	const struct cert *first;
	struct err e;

	(void)state;
	put(pem, a_cert, "");
	put(key, a_key, "");
	first = get(s, &load[0], key);
	assert_ptr_equal(first, get(s, &load[1], key));
	put(key, a_key, "\n");
	assert_ptr_not_equal(first, get(s, &load[2], key));
	assert_int_equal(load[2].reads, 1);
	put(key, b_key, "");
	cert_store_begin(s, &load[3]);
	assert_null(ask(&load[3], pem, key, &e));
	assert_ptr_equal(strstr(e.text, key), e.text);
	assert_non_null(strstr(e.text, "belongs to another certificate"));
	for (int i = 0; i < 4; i++)
		cert_store_end(&load[i]);
	cert_store_free(s);
}

/* One file under two keys' names is two certificates. */
static void
test_the_key_files_name_is_part_of_the_question(void **state)
{
	struct cert_store *s = fresh();
	struct cert_load one, two;

	(void)state;
	put(pem, a_cert, a_key);
	put(key, a_key, "");
	assert_ptr_not_equal(get(s, &one, key), get(s, &two, NULL));
	cert_store_end(&one);
	cert_store_end(&two);
	cert_store_free(s);
}

/* What a load that failed was given goes, and no more than that. */
static void
test_a_fault_leaves_what_was_there(void **state)
{
	struct cert_store *s = fresh();
	struct cert_load old, failed, next;
	const struct cert *first;
	struct err e;

	(void)state;
	put(pem, a_cert, a_key);
	first = get(s, &old, NULL);
	assert_int_equal(rename(pem, folder_file(&folder, "away")), 0);
	cert_store_begin(s, &failed);
	assert_null(ask(&failed, pem, NULL, &e));
	assert_int_equal(e.kind, ERR_NO_FILE);
	put(pem, "rubbish", "");
	assert_null(ask(&failed, pem, NULL, &e));
	assert_non_null(strstr(e.text, "no certificate in it"));
	put(pem, b_cert, b_key);
	assert_string_equal(ask(&failed, pem, NULL, &e)->names[0],
	    "b");
	cert_store_end(&failed);
	assert_string_equal(first->names[0], "a");
	put(pem, a_cert, a_key);
	assert_string_equal(get(s, &next, NULL)->names[0], "a");
	cert_store_end(&old);
	cert_store_end(&next);
	cert_store_free(s);
}

static void
test_what_no_load_holds_is_forgotten(void **state)
{
	struct cert_store *s = fresh();
	struct cert_load load[4];

	(void)state;
	put(pem, a_cert, a_key);
	get(s, &load[0], NULL);
	/* One that does not ask for it, while another does. */
	cert_store_begin(s, &load[1]);
	cert_store_end(&load[1]);
	get(s, &load[2], NULL);
	assert_int_equal(load[2].reads, 0);
	cert_store_end(&load[0]);
	cert_store_end(&load[2]);
	get(s, &load[3], NULL);
	assert_int_equal(load[3].reads, 1);
	cert_store_end(&load[3]);
	cert_store_end(&(struct cert_load){ .store = NULL });
	cert_store_free(s);
}

/* A file may change twice within one tick of the clock. */
static void
test_what_was_just_written_is_read_again_but_once_a_load(void **state)
{
	struct cert_store *s = fresh();
	struct timespec before, after;
	struct cert_load one, two;
	const struct cert *first;
	char text[8192];

	(void)state;
	snprintf(text, sizeof text, "%s%s", a_cert, a_key);
	/* On a busy machine the moment may be over: then once more. */
	do {
		struct err e;

		clock_gettime(CLOCK_REALTIME, &before);
		folder_write(&folder, "x.pem", text, strlen(text));
		first = get(s, &one, NULL);
		assert_ptr_equal(ask(&one, pem, NULL, &e), first);
		clock_gettime(CLOCK_REALTIME, &after);
		assert_int_equal(one.reads, 1);
		get(s, &two, NULL);
		cert_store_end(&one);
		cert_store_end(&two);
	} while ((after.tv_sec - before.tv_sec) * 1000000000L +
	    after.tv_nsec - before.tv_nsec > 40000000L);
	assert_int_equal(two.reads, 1);
	cert_store_free(s);
}

/* Of the same file: FOLDER/././././x.pem */
static void
another_path(char *out, int n)
{
	char *end = stpcpy(out, folder.path);

	while (n-- > 0)
		end = stpcpy(end, "/.");
	stpcpy(end, "/x.pem");
}

/* Many names, which move about as they come and go. */
static void
test_each_of_many_is_found_again(void **state)
{
	enum { MANY = 300 };
	struct cert_store *s = fresh();
	const struct cert *cert[2][MANY];
	struct cert_load load[3];
	struct err e;

	(void)state;
	put(pem, a_cert, a_key);
	for (int l = 0; l < 3; l++) {
		cert_store_begin(s, &load[l]);
		for (int i = 0; i < MANY; i++) {
			char path[sizeof pem + 2 * MANY];

			another_path(path, i);
			/* The second load asks for every other one only. */
			if (l == 1 && i % 2 == 1)
				continue;
			cert[l / 2][i] = ask(&load[l], path, NULL,
			    &e);
			assert_string_equal(cert[l / 2][i]->file, path);
		}
		if (l == 1)
			cert_store_end(&load[0]);
	}
	assert_int_equal(load[0].reads, MANY);
	assert_int_equal(load[1].reads, 0);
	assert_int_equal(load[2].reads, MANY / 2);
	for (int i = 0; i < MANY; i += 2)
		assert_ptr_equal(cert[0][i], cert[1][i]);
	cert_store_end(&load[1]);
	cert_store_end(&load[2]);
	cert_store_free(s);
}

/* Files in the order of their first reading, and which were read anew. */
static void
test_a_load_can_be_looked_over(void **state)
{
	struct cert_store *s = fresh();
	const struct cert *first, *second, *third;
	struct cert_load one, two;
	bool fresh = false;
	size_t at = 0;
	struct err e;

	(void)state;
	put(pem, a_cert, a_key);
	first = get(s, &one, NULL);
	assert_null(cert_store_before(&one));
	put(key, b_cert, b_key);
	second = ask(&one, key, NULL, &e);
	assert_ptr_equal(ask(&one, pem, NULL, &e), first);
	assert_ptr_equal(cert_store_next(&one, &at, &fresh), first);
	assert_true(fresh);
	assert_ptr_equal(cert_store_next(&one, &at, NULL), second);
	assert_null(cert_store_next(&one, &at, NULL));
	/* The second comes back as it was; the first is another now. */
	cert_store_begin(s, &two);
	assert_ptr_equal(cert_store_before(&two), &one);
	assert_ptr_equal(ask(&two, key, NULL, &e), second);
	put(pem, a_key, a_cert);
	third = ask(&two, pem, NULL, &e);
	at = 0;
	assert_ptr_equal(cert_store_next(&two, &at, &fresh), second);
	assert_false(fresh);
	assert_ptr_equal(cert_store_next(&two, &at, &fresh), third);
	assert_true(fresh);
	assert_null(cert_store_next(&two, &at, NULL));
	cert_store_end(&one);
	assert_null(cert_store_before(&two));
	cert_store_end(&two);
	cert_store_free(s);
}

static void
test_what_was_read_before_can_be_kept(void **state)
{
	const struct key_source from = { pem, NULL, NULL, false };
	struct cert_store *s = fresh();
	struct cert_load one, two, three, four;
	const struct cert *first;
	struct err e;

	(void)state;
	put(pem, a_cert, a_key);
	cert_store_begin(s, &one);
	assert_null(cert_store_keep(&one, &from));
	assert_non_null(first = ask(&one, pem, NULL, &e));
	put(pem, a_cert, "");
	cert_store_begin(s, &two);
	assert_null(ask(&two, pem, NULL, &e));
	assert_ptr_equal(cert_store_keep(&two, &from), first);
	cert_store_end(&one);
	/* It goes with the last that kept it, not with him who read it. */
	cert_store_begin(s, &three);
	assert_null(ask(&three, pem, NULL, &e));
	assert_ptr_equal(cert_store_keep(&three, &from), first);
	cert_store_end(&two);
	assert_string_equal(first->names[0], "a");
	put(pem, b_cert, b_key);
	cert_store_begin(s, &four);
	assert_string_equal(ask(&four, pem, NULL, &e)->names[0], "b");
	cert_store_end(&three);
	cert_store_end(&four);
	cert_store_begin(s, &one);
	assert_null(cert_store_keep(&one, &from));
	cert_store_end(&one);
	cert_store_free(s);
}

static void
test_a_loose_key_is_given_to_loads_that_allow_it(void **state)
{
	struct cert_store *s = fresh();
	struct cert_load one, two, three;
	struct err e;

	(void)state;
	put(pem, a_cert, "");
	put(key, a_key, "");
	/* A certificate is for everybody. */
	assert_int_equal(chmod(pem, 0644), 0);
	assert_non_null(get(s, &one, key));
	cert_store_end(&one);
	assert_int_equal(chmod(key, 0644), 0);
	settle(pem);
	settle(key);
	cert_store_begin(s, &one);
	assert_null(ask(&one, pem, key, &e));
	assert_ptr_equal(strstr(e.text, key), e.text);
	assert_non_null(strstr(e.text, "other users can read or change"));
	one.insecure_keys = true;
	assert_non_null(ask(&one, pem, key, &e));
	/* Nothing has changed but what is allowed. */
	cert_store_begin(s, &two);
	assert_null(ask(&two, pem, key, &e));
	assert_null(cert_store_keep(&two, &(struct key_source){ pem, key,
	    NULL, false }));
	cert_store_begin(s, &three);
	three.insecure_keys = true;
	assert_non_null(ask(&three, pem, key, &e));
	cert_store_end(&one);
	cert_store_end(&two);
	cert_store_end(&three);
	assert_int_equal(chmod(pem, 0600), 0);
	assert_int_equal(unlink(key), 0);
	cert_store_free(s);
}

/* For the sanitizer: nothing is lost or freed twice over many reloads. */
static void
test_a_thousand_reloads_leave_nothing_behind(void **state)
{
	struct cert_store *s = fresh();
	struct cert_load load[3] = { { .store = NULL } };
	char text[2][8192];

	(void)state;
	snprintf(text[0], sizeof text[0], "%s%s%s", a_cert, b_cert, a_key);
	snprintf(text[1], sizeof text[1], "%s%s", b_cert, b_key);
	for (int i = 0; i < 1000; i++) {
		const char *now = i % 7 == 3 ? "rubbish" : text[i % 2];
		struct err e;

		if (i % 3 == 0)
			folder_write(&folder, "x.pem", now, strlen(now));
		/* Up to three generations at a time. */
		cert_store_end(&load[i % 3]);
		cert_store_begin(s, &load[i % 3]);
		ask(&load[i % 3], pem, NULL, &e);
	}
	for (int i = 0; i < 3; i++)
		cert_store_end(&load[i]);
	cert_store_free(s);
	cert_store_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_load_can_be_looked_over),
		cmocka_unit_test(
		    test_an_unchanged_file_gives_the_same_certificate),
		cmocka_unit_test(
		    test_a_changed_file_gives_another_and_holders_keep_theirs),
		cmocka_unit_test(
		    test_a_key_file_that_changes_alone_is_noticed),
		cmocka_unit_test(test_what_was_read_before_can_be_kept),
		cmocka_unit_test(
		    test_a_loose_key_is_given_to_loads_that_allow_it),
		cmocka_unit_test(
		    test_the_key_files_name_is_part_of_the_question),
		cmocka_unit_test(test_a_fault_leaves_what_was_there),
		cmocka_unit_test(
		    test_what_no_load_holds_is_forgotten),
		cmocka_unit_test(
		    test_what_was_just_written_is_read_again_but_once_a_load),
		cmocka_unit_test(test_each_of_many_is_found_again),
		cmocka_unit_test(
		    test_a_thousand_reloads_leave_nothing_behind),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
