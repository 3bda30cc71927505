/*
 * test_message.c - what the master and the keyguard say arrives whole, and
 * nothing else is taken for it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/os.h"
#include "keyguard/message.h"

static struct frame f;
static int pair[2];

static int
set_up(void **state)
{
	(void)state;
	return os_stream(pair);
}

static int
tear_down(void **state)
{
	(void)state;
	frame_clear(&f);
	close(pair[0]);
	close(pair[1]);
	return 0;
}

/* ------------------------------------------------- what is said -------- */

static unsigned char der[] = { 0x30, 1, 2, 3 };
static struct pem_block certs[] = {
	{ .kind = PEM_CERT, .der = der, .len = 4 },
	{ .kind = PEM_TRUSTED_CERT, .der = der, .len = 1 },
};
static const struct key_reading reading = {
	.pem = { .cert = certs, .n = 2, .stamp = { .device = 1, .inode = 2,
	    .size = 3, .modified = { 4, 5 }, .status = { 6, 7 },
	    .settled = true } },
	.key_stamp = { .inode = 8 }, .insecure = true,
	.public = { .kind = PUBLIC_EC, .curve = 415, .len = 2, .bytes = "\4x" },
	.proof = { .len = 3, .signature = "abc" } };

static void
put_read(void)
{
	static const struct read_message m = { .id = 0x12345678,
	    .from = { "a.pem", "", "word", true }, .hash = "hash" };

	message_put_read(&f, &m);
}

static int
get_read(void)
{
	struct read_message m;

	if (message_get_read(&f, &m) != 0)
		return -1;
	assert_int_equal(m.id, 0x12345678);
	assert_string_equal(m.from.file, "a.pem");
	assert_string_equal(m.from.key_file, "");
	assert_string_equal(m.from.passphrase_file, "word");
	assert_true(m.from.insecure);
	assert_memory_equal(m.hash, "hash\0\0", 6);
	return 0;
}

static void
put_drop(void)
{
	message_put_drop(&f, UINT32_MAX);
}

static int
get_drop(void)
{
	uint32_t id;

	if (message_get_drop(&f, &id) != 0)
		return -1;
	assert_int_equal(id, UINT32_MAX);
	return 0;
}

static void
put_signer(void)
{
	static const struct signer_message m = { .generation = 3,
	    .worker = 4, .user = "nobody", .chroot = "/var/empty",
	    .sandbox = 3, .tokens = true };

	message_put_signer(&f, &m);
	f.fd = STDIN_FILENO;
}

static int
get_signer(void)
{
	struct signer_message m;

	if (message_get_signer(&f, &m) != 0)
		return -1;
	assert_int_equal(m.generation, 3);
	assert_int_equal(m.worker, 4);
	assert_string_equal(m.user, "nobody");
	assert_null(m.group);
	assert_string_equal(m.chroot, "/var/empty");
	assert_int_equal(m.sandbox, 3);
	assert_true(m.tokens);
	return 0;
}

static void
put_log(void)
{
	message_put_log(&f, LOG_PART_SYSLOG);
	f.fd = STDIN_FILENO;
}

static int
get_log(void)
{
	enum log_part part;

	if (message_get_log(&f, &part) != 0)
		return -1;
	assert_int_equal(part, LOG_PART_SYSLOG);
	return 0;
}

static void
put_reading(void)
{
	message_put_reading(&f, 9, &reading);
}

static int
get_reading(void)
{
	struct key_reading r = { .skip_reason = PEM_NOT_SKIPPED };
	uint32_t id;

	if (message_get_reading(&f, &id, &r) != 0) {
		assert_null(r.pem.cert);
		return -1;
	}
	assert_int_equal(id, 9);
	assert_int_equal(r.pem.n, 2);
	assert_int_equal(r.pem.cert[0].kind, PEM_CERT);
	assert_int_equal(r.pem.cert[1].kind, PEM_TRUSTED_CERT);
	assert_int_equal(r.pem.cert[0].len, 4);
	assert_memory_equal(r.pem.cert[0].der, der, 4);
	assert_int_equal(r.pem.key.kind, PEM_TEXT);
	assert_int_equal(r.pem.stamp.status.tv_nsec, 7);
	assert_true(r.pem.stamp.settled);
	assert_int_equal(r.key_stamp.inode, 8);
	assert_false(r.key_stamp.settled);
	assert_true(r.insecure);
	assert_int_equal(r.public.curve, 415);
	assert_int_equal(r.public.len, 2);
	assert_memory_equal(r.public.bytes, "\4x", 2);
	assert_int_equal(r.proof.len, 3);
	assert_memory_equal(r.proof.signature, "abc", 3);
	key_reading_clear(&r);
	return 0;
}

static void
put_refused(void)
{
	static const struct err e = { ERR_NO_FILE, "a.pem: not there" };

	message_put_refused(&f, 10, PEM_FOREIGN, &e);
}

static int
get_refused(void)
{
	enum pem_skip_reason skip_reason;
	struct err e;
	uint32_t id;

	if (message_get_refused(&f, &id, &skip_reason, &e) != 0)
		return -1;
	assert_int_equal(id, 10);
	assert_int_equal(skip_reason, PEM_FOREIGN);
	assert_int_equal(e.kind, ERR_NO_FILE);
	assert_string_equal(e.text, "a.pem: not there");
	return 0;
}

static const struct {
	void (*put)(void);
	int (*get)(void);
	enum message word;
} rows[] = {
	{ put_read, get_read, MESSAGE_READ },
	{ put_drop, get_drop, MESSAGE_DROP },
	{ put_signer, get_signer, MESSAGE_SIGNER },
	{ put_log, get_log, MESSAGE_LOG },
	{ put_reading, get_reading, MESSAGE_READING },
	{ put_refused, get_refused, MESSAGE_REFUSED },
};

#define ROWS	(sizeof rows / sizeof *rows)

static void
test_what_is_put_is_got(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		rows[i].put();
		assert_int_equal(f.type, rows[i].word);
		assert_int_equal(rows[i].get(), 0);
	}
}

static void
test_a_message_cut_short_is_none_nor_is_one_with_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		size_t whole;

		rows[i].put();
		whole = f.len;
		for (f.len = 0; f.len < whole; f.len++) {
			f.at = 0;
			f.bad = false;
			assert_int_equal(rows[i].get(), -1);
		}
		f.bad = false;
		frame_put8(&f, 0);
		f.at = 0;
		assert_int_equal(rows[i].get(), -1);
	}
}

static void
test_a_word_that_needs_a_descriptor_is_none_without(void **state)
{
	(void)state;
	put_signer();
	f.fd = -1;
	assert_int_equal(get_signer(), -1);
	put_log();
	f.fd = -1;
	assert_int_equal(get_log(), -1);
}

/* A byte in the middle that no value has. */
static void
test_values_that_there_are_none_of_are_refused(void **state)
{
	static const struct {
		size_t row, behind;	/* bytes after it */
	} odd[] = {
		{ 0, 0 },		/* loose */
		{ 3, 0 },		/* part of the log */
		{ 2, 0 }, { 2, 1 },	/* tokens, sandbox */
		{ 5, 4 + 17 }, { 5, 4 + 17 + 1 },	/* kind, excuse */
		/* kind of half, loose, two stamps, kind of certificate */
		{ 4, 4 + 3 + 4 + 2 + 4 }, { 4, 4 + 3 + 4 + 2 + 4 + 1 },
		{ 4, 4 + 3 + 4 + 2 + 4 + 2 }, { 4, 19 + 57 },
		{ 4, 19 + 57 + 57 + 1 + 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		rows[odd[i].row].put();
		f.body[f.len - 1 - odd[i].behind] = 0xee;
		if (rows[odd[i].row].get() != -1)
			fail_msg("row %zu is taken", i);
	}
}

static void
test_texts_are_whole(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool good;
	} texts[] = {
		{ "a", 2, true }, { "", 1, true }, { "ab", 2, false },
		{ "a\0b", 4, false }, { "\0", 2, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		frame_begin(&f, 1);
		frame_put_bytes(&f, texts[i].bytes, texts[i].len);
		assert_int_equal(frame_get_text(&f) != NULL, texts[i].good);
		assert_int_equal(frame_done(&f), texts[i].good);
	}
	frame_begin(&f, 1);
	frame_put_text(&f, NULL);
	assert_null(frame_get_text(&f));
	assert_true(frame_done(&f));
}

static void
test_as_many_certificates_as_a_file_may_have(void **state)
{
	static const struct { uint32_t n; int result; } counts[] = {
		{ 0, -1 }, { 1, 0 }, { KEYRING_CHAIN, 0 },
		{ KEYRING_CHAIN + 1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		struct pem_block many[KEYRING_CHAIN + 1];
		struct key_reading r = reading, got = { .insecure = false };
		uint32_t id;

		for (size_t k = 0; k < counts[i].n; k++)
			many[k] = certs[0];
		r.pem.cert = many;
		r.pem.n = counts[i].n;
		message_put_reading(&f, 1, &r);
		assert_int_equal(message_get_reading(&f, &id, &got),
		    counts[i].result);
		if (counts[i].result == 0)
			key_reading_clear(&got);
	}
}

/* ------------------------------------------------- how it travels ------ */

static void
test_a_frame_arrives_whole_and_with_its_descriptor(void **state)
{
	struct frame got = { .fd = -1 };
	int fd = dup(STDERR_FILENO);

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		bool with = i == 2 || i == 3;

		rows[i].put();
		assert_int_equal(frame_send(pair[0], &f, with ? fd : -1),
		    0);
		assert_int_equal(frame_receive(pair[1], &got), 1);
		assert_int_equal(got.type, rows[i].word);
		assert_int_equal(got.len, f.len);
		assert_memory_equal(got.body, f.body, f.len);
		assert_int_equal(got.fd != -1, with);
		if (with)
			close(got.fd);
	}
	close(fd);
	frame_clear(&got);
}

/* One byte at a time, as a stream may bring it. */
static void
test_a_frame_in_pieces_is_put_together(void **state)
{
	unsigned char head[5] = { MESSAGE_DROP, 0, 0, 0, 4 };
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		for (int i = 0; i < 5; i++)
			if (write(pair[0], head + i, 1) != 1)
				_exit(1);
		for (int i = 0; i < 4; i++)
			if (write(pair[0], "\xff", 1) != 1)
				_exit(1);
		_exit(0);
	}
	assert_int_equal(frame_receive(pair[1], &f), 1);
	assert_int_equal(get_drop(), 0);
}

static void
test_a_large_frame_needs_no_luck(void **state)
{
	static unsigned char much[4 << 20];
	struct frame got = { .fd = -1 };
	const unsigned char *bytes;
	size_t len;
	pid_t child;

	(void)state;
	memset(much, 'x', sizeof much);
	frame_begin(&f, 7);
	frame_put_bytes(&f, much, sizeof much);
	if ((child = fork()) == 0)
		_exit(frame_send(pair[0], &f, -1) == 0 ? 0 : 1);
	assert_int_equal(frame_receive(pair[1], &got), 1);
	bytes = frame_get_bytes(&got, sizeof much, &len);
	assert_int_equal(len, sizeof much);
	assert_memory_equal(bytes, much, len);
	frame_clear(&got);
}

static void
test_too_much_is_refused_by_both_ends(void **state)
{
	unsigned char head[5] = { 1, 0xff, 0xff, 0xff, 0xff };

	(void)state;
	assert_int_equal(write(pair[0], head, 5), 5);
	assert_int_equal(frame_receive(pair[1], &f), -1);
	assert_int_equal(errno, EBADMSG);
	frame_begin(&f, 1);
	frame_put_bytes(&f, head, KEY_FRAME_MAX);
	assert_true(f.bad);
	assert_int_equal(frame_send(pair[0], &f, -1), -1);
}

static void
test_the_end_is_no_frame_and_half_a_frame_is_damage(void **state)
{
	unsigned char head[] = { 1, 0, 0, 0, 4, 'x' };

	(void)state;
	for (size_t n = 0; n <= sizeof head; n++) {
		int end[2];

		assert_int_equal(os_stream(end), 0);
		assert_int_equal(write(end[0], head, n), n);
		close(end[0]);
		assert_int_equal(frame_receive(end[1], &f), n == 0 ? 0 :
		    -1);
		if (n > 0)
			assert_int_equal(errno, EBADMSG);
		close(end[1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_put_is_got),
		cmocka_unit_test(
		    test_a_message_cut_short_is_none_nor_is_one_with_more),
		cmocka_unit_test(
		    test_a_word_that_needs_a_descriptor_is_none_without),
		cmocka_unit_test(
		    test_values_that_there_are_none_of_are_refused),
		cmocka_unit_test(test_texts_are_whole),
		cmocka_unit_test(test_as_many_certificates_as_a_file_may_have),
		cmocka_unit_test(
		    test_a_frame_arrives_whole_and_with_its_descriptor),
		cmocka_unit_test(test_a_frame_in_pieces_is_put_together),
		cmocka_unit_test(test_a_large_frame_needs_no_luck),
		cmocka_unit_test(test_too_much_is_refused_by_both_ends),
		cmocka_unit_test(
		    test_the_end_is_no_frame_and_half_a_frame_is_damage),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
