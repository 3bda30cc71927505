/*
 * test_ticket_file.c - which files hold session-ticket keys, and which of them.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "one_folder.h"
#include "tls/ticket.h"

#define MAX_KEYS	700

/* A file's text, and the keys in it: the bytes of key i are all i. */
struct page {
	char text[MAX_KEYS * 110];
	size_t len;
};

static void
line(struct page *p, int i, size_t bytes, const char *end)
{
	uint8_t raw[96];

	memset(raw, i, sizeof raw);
	p->len += (size_t)EVP_EncodeBlock((uint8_t *)p->text + p->len, raw,
	    (int)bytes);
	p->len += (size_t)snprintf(p->text + p->len, 4, "%s", end);
}

/* Keys from first to last. */
static struct page
lines(int first, int last, size_t bytes, const char *end)
{
	struct page p = { .len = 0 };

	for (int i = first; i <= last; i++)
		line(&p, i, bytes, end);
	return p;
}

static int
parse(const void *text, size_t len, struct ticket_keys *keys, struct err *e)
{
	e->text[0] = '\0';
	return ticket_file_parse("keys", text, len, keys, e);
}

/* The newest is last; half bytes of each key are used. */
static void
has(const struct page *p, int last, size_t half)
{
	const uint8_t zero[32] = { 0 };
	struct ticket_keys keys;
	struct err e;

	if (parse(p->text, p->len, &keys, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(keys.encrypts, 1);
	for (int k = 0; k < TICKET_KEYS; k++) {
		uint8_t want[32];

		memset(want, last - k, sizeof want);
		assert_memory_equal(keys.key[k].name, want, 16);
		assert_memory_equal(keys.key[k].aes, want, half);
		assert_memory_equal(keys.key[k].hmac, want, half);
		assert_memory_equal(keys.key[k].aes + half, zero, 32 - half);
		assert_memory_equal(keys.key[k].hmac + half, zero, 32 - half);
		assert_int_equal(keys.key[k].is_short, half == 16);
	}
}

static void
test_the_last_three_keys_count_and_the_last_but_one_encrypts(void **state)
{
	(void)state;
	for (int last = 3; last <= 9; last++) {
		struct page p = lines(1, last, 80, "\n");

		has(&p, last, 32);
		p = lines(1, last, 48, "\n");
		has(&p, last, 16);
	}
}

static void
test_lines_may_end_as_those_of_other_systems_or_not_at_all(void **state)
{
	struct page p = lines(1, 3, 80, "\r\n");

	(void)state;
	has(&p, 3, 32);
	p = lines(1, 3, 80, "\n");
	p.len--;
	has(&p, 3, 32);
}

/* As haproxy has them: name, AES key, HMAC key. */
static void
test_a_key_is_a_name_then_aes_then_hmac(void **state)
{
	struct ticket_keys keys;
	struct page p = { .len = 0 };
	uint8_t raw[80];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof raw; i++)
		raw[i] = (uint8_t)i;
	for (int i = 0; i < 3; i++) {
		p.len += (size_t)EVP_EncodeBlock((uint8_t *)p.text + p.len,
		    raw, 80);
		p.text[p.len++] = '\n';
	}
	assert_int_equal(parse(p.text, p.len, &keys, &e), 0);
	assert_memory_equal(keys.key[0].name, raw, 16);
	assert_memory_equal(keys.key[0].aes, raw + 16, 32);
	assert_memory_equal(keys.key[0].hmac, raw + 48, 32);
	p.len = 0;
	for (int i = 0; i < 3; i++) {
		p.len += (size_t)EVP_EncodeBlock((uint8_t *)p.text + p.len,
		    raw, 48);
		p.text[p.len++] = '\n';
	}
	assert_int_equal(parse(p.text, p.len, &keys, &e), 0);
	assert_memory_equal(keys.key[0].name, raw, 16);
	assert_memory_equal(keys.key[0].aes, raw + 16, 16);
	assert_memory_equal(keys.key[0].hmac, raw + 32, 16);
}

static void
test_records_are_taken_as_they_are(void **state)
{
	struct page p = { .len = 0 };

	(void)state;
	for (int i = 0; i < 5; i++, p.len += 80)
		memset(p.text + p.len, 200 + i, 80);
	has(&p, 204, 32);
}

static void
refused(const void *text, size_t len, const char *why)
{
	struct ticket_keys keys;
	struct err e;

	assert_int_equal(parse(text, len, &keys, &e), -1);
	assert_string_equal(e.text, why);
}

#define LENGTHS	"a key has 64 or 108 characters of base64, not "

static void
test_what_is_no_key_is_refused_with_its_line(void **state)
{
	struct page good = lines(1, 4, 80, "\n"), p;

	(void)state;
	refused("", 0, "keys: at least 3 keys are needed, but it has 0");
	refused(good.text, 109, "keys: at least 3 keys are needed, but it "
	    "has 1");
	refused(good.text, 218, "keys: at least 3 keys are needed, but it "
	    "has 2");
	refused("\n", 1, "keys:1: " LENGTHS "0");
	refused("# keys\n", 7, "keys:1: " LENGTHS "6");
	refused(good.text, 4 * 109 - 2, "keys:4: " LENGTHS "107");
	p = good;
	p.text[p.len++] = '\n';
	refused(p.text, p.len, "keys:5: " LENGTHS "0");
	p = lines(1, 4, 64, "\n");
	refused(p.text, p.len, "keys:1: " LENGTHS "88");
	p = lines(1, 3, 80, "\n");
	line(&p, 4, 48, "\n");
	refused(p.text, p.len,
	    "keys:4: a key of 48 bytes after a key of 80 bytes");
	p = lines(1, 3, 48, "\n");
	line(&p, 4, 80, "\n");
	refused(p.text, p.len,
	    "keys:4: a key of 80 bytes after a key of 48 bytes");
	p = lines(1, 3, 81, "\n");
	refused(p.text, p.len, "keys:1: not base64");
}

static void
test_only_base64_is_taken_for_it(void **state)
{
	const char bad[] = { ' ', '-', '_', '.', '=', '\r', '%', '*', '@',
	    '[', '`', '{' };
	const size_t at[] = { 0, 1, 53, 106 };

	(void)state;
	for (size_t b = 0; b < sizeof bad; b++)
		for (size_t i = 0; i < 4; i++) {
			struct page p = lines(1, 3, 80, "\n");

			p.text[109 + at[i]] = bad[b];
			refused(p.text, p.len, "keys:2: not base64");
		}
}

static void
test_records_that_are_cut_are_refused(void **state)
{
	uint8_t bytes[240];

	(void)state;
	memset(bytes, 200, sizeof bytes);
	for (size_t len = 1; len < 240; len++)
		refused(bytes, len, len == 80 ?
		    "keys: at least 3 keys are needed, but it has 1" :
		    len == 160 ?
		    "keys: at least 3 keys are needed, but it has 2" :
		    "keys: neither base64 lines nor records of 80 bytes");
}

static int
load(const char *name, struct err *e)
{
	struct ticket_keys keys;

	return ticket_file_load(folder_file(&folder, name), false, &keys, e);
}

static void
said(const struct err *e, const char *why)
{
	size_t n = strlen(folder.file);

	assert_memory_equal(e->text, folder.file, n);
	assert_string_equal(e->text + n, why);
}

static void
test_a_file_for_other_eyes_is_refused(void **state)
{
	struct page p = lines(1, 3, 80, "\n");
	const mode_t loose[] = { 0604, 0620, 0602, 0660, 0644, 0666 };
	struct err e;

	(void)state;
	assert_non_null(folder_write(&folder, "k", p.text, p.len));
	assert_int_equal(chmod(folder.file, 0600), 0);
	assert_int_equal(load("k", &e), 0);
	assert_int_equal(chmod(folder.file, 0400), 0);
	assert_int_equal(load("k", &e), 0);
	for (size_t i = 0; i < sizeof loose / sizeof *loose; i++) {
		assert_int_equal(chmod(folder.file, loose[i]), 0);
		assert_int_equal(load("k", &e), -1);
		said(&e, ": other users can read or change this secret: chmod "
		    "600 it, or set allow-loose-keys");
		assert_int_equal(e.kind, ERR_CONFIG);
		assert_int_equal(ticket_file_load(folder.file, true,
		    &(struct ticket_keys){ .encrypts = 0 }, &e), 0);
	}
}

static void
test_what_is_no_file_of_keys_is_refused(void **state)
{
	static struct page p;
	struct err e;

	(void)state;
	assert_int_equal(load("nothing", &e), -1);
	said(&e, ": No such file or directory");
	assert_int_equal(e.kind, ERR_NO_FILE);
	assert_int_equal(mkfifo(folder_file(&folder, "fifo"), 0600), 0);
	assert_int_equal(load("fifo", &e), -1);
	said(&e, ": not a regular file of at most 65536 bytes");
	assert_int_equal(ticket_file_load("/dev/null", false,
	    &(struct ticket_keys){ .encrypts = 0 }, &e), -1);
	p = lines(1, 601, 80, "\n");
	assert_non_null(folder_write(&folder, "k", p.text, p.len));
	assert_int_equal(chmod(folder.file, 0600), 0);
	assert_int_equal(load("k", &e), 0);
	p = lines(1, 602, 80, "\n");
	assert_non_null(folder_write(&folder, "k", p.text, p.len));
	assert_int_equal(load("k", &e), -1);
	said(&e, ": not a regular file of at most 65536 bytes");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		test_the_last_three_keys_count_and_the_last_but_one_encrypts),
		cmocka_unit_test(
		    test_lines_may_end_as_those_of_other_systems_or_not_at_all),
		cmocka_unit_test(test_a_key_is_a_name_then_aes_then_hmac),
		cmocka_unit_test(test_records_are_taken_as_they_are),
		cmocka_unit_test(test_what_is_no_key_is_refused_with_its_line),
		cmocka_unit_test(test_only_base64_is_taken_for_it),
		cmocka_unit_test(test_records_that_are_cut_are_refused),
		cmocka_unit_test(test_a_file_for_other_eyes_is_refused),
		cmocka_unit_test(test_what_is_no_file_of_keys_is_refused),
	};

	return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
