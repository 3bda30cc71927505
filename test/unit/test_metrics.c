/*
 * test_metrics.c - what Prometheus reads.
 *
 * Linked with --wrap=cert_store_next: what a load was given is made up here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reporter/metrics.h"
#include "stats/end_reason.h"

#define MANY	10000

static const struct cert *certs;
static size_t n_certs;

const struct cert *__wrap_cert_store_next(const struct cert_load *, size_t *,
    bool *);

const struct cert *
__wrap_cert_store_next(const struct cert_load *load, size_t *at, bool *fresh)
{
	(void)load;
	(void)fresh;
	return *at < n_certs ? &certs[(*at)++] : NULL;
}

struct fixture {
	struct stats *stats;
	struct counters *counters;
	char *text;
	size_t len;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	bool fresh;

	if (f == NULL || (f->stats = stats_new(-1, &fresh)) == NULL)
		return -1;
	f->counters = stats_attach(f->stats);
	*state = f;
	n_certs = 0;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	free(f->text);
	stats_free(f->stats);
	free(f);
	return 0;
}

static const char *
written(struct fixture *f)
{
	static const struct cert_load load;
	const struct metrics m = { .stats = f->stats, .load = &load,
	    .version = "1.2 \"x\"" };
	FILE *out;

	free(f->text);
	out = open_memstream(&f->text, &f->len);
	assert_non_null(out);
	assert_int_equal(metrics_write(&m, out), 0);
	fclose(out);
	return f->text;
}

/* A whole line of it. */
static bool
has(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			return true;
	return false;
}

static void
assert_has(const char *text, const char *line)
{
	if (!has(text, line))
		fail_msg("no line %s", line);
}

static size_t
count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

static void
test_each_row_has_help_and_a_type_once(void **state)
{
	const char *text = written(*state);
	char line[512];

	for (size_t i = 0; i < stats_n_rows; i++) {
		const struct stats_row *r = &stats_rows[i];

		snprintf(line, sizeof line, "# HELP %s %s\n# TYPE %s ",
		    r->name, r->help, r->name);
		if (count(text, line) != 1)
			fail_msg("%s", line);
	}
	assert_int_equal(count(text, "# "), 2 * stats_n_rows);
	assert_int_equal(text[strlen(text) - 1], '\n');
}

static void
test_a_frontend_is_a_label_and_escaped(void **state)
{
	struct fixture *f = *state;
	unsigned one = stats_front(f->stats, "one\"\\\n\xff two");

	counters_add_front(f->counters, one, STATS_FRONT_CONNECTIONS, 7);
	counters_add_front(f->counters, one, STATS_FRONT_OUT, 9);
	assert_has(written(f), "offloader_connections_total{"
	    "frontend=\"one\\\\x22\\\\x5C\\\\x0A\\\\xFF two\"} 7");
	assert_non_null(strstr(f->text, " two\",direction=\"out\"} 9\n"));
	assert_null(strstr(f->text, "frontend=\"other\""));
	counters_add_front(f->counters, 0, STATS_FRONT_CONNECTIONS, 1);
	assert_has(written(f), "offloader_connections_total{"
	    "frontend=\"other\"} 1");
	assert_has(f->text, "offloader_build_info{version=\"1.2 "
	    "\\\\x22x\\\\x22\"} 1");
}

static void
test_every_reason_is_there_from_the_beginning(void **state)
{
	struct fixture *f = *state;
	char line[128];

	counters_add(f->counters, STATS_ENDED + END_CLEAN, 3);
	assert_has(written(f), "offloader_connections_ended_total{"
	    "reason=\"clean\"} 3");
	for (int i = END_CLIENT_CUT; i < END_COUNT; i++) {
		snprintf(line, sizeof line, "offloader_connections_ended_total"
		    "{reason=\"%s\"} 0", end_reason_name((enum end_reason)i));
		assert_has(f->text, line);
	}
	assert_null(strstr(f->text, "\"none\"} 0"));
	assert_null(strstr(f->text, "\"?\""));
}

static void
test_a_histogram_adds_up(void **state)
{
	struct fixture *f = *state;

	counters_add_time(f->counters, STATS_HANDSHAKE_TIME, 0.0001);
	counters_add_time(f->counters, STATS_HANDSHAKE_TIME, 0.0003);
	counters_add_time(f->counters, STATS_HANDSHAKE_TIME, 11);
	written(f);
	assert_has(f->text,
	    "offloader_handshake_seconds_bucket{le=\"0.0001\"} 1");
	assert_has(f->text,
	    "offloader_handshake_seconds_bucket{le=\"0.0005\"} 2");
	assert_has(f->text,
	    "offloader_handshake_seconds_bucket{le=\"10\"} 2");
	assert_has(f->text,
	    "offloader_handshake_seconds_bucket{le=\"+Inf\"} 3");
	assert_has(f->text, "offloader_handshake_seconds_sum 11.000400");
	assert_has(f->text, "offloader_handshake_seconds_count 3");
}

static void
test_handshakes_that_never_were_are_not_told(void **state)
{
	struct fixture *f = *state;

	assert_null(strstr(written(f), "offloader_handshakes_total{"));
	counters_add_handshake(f->counters, 0x0304, 0x1302, "x25519", true);
	assert_has(written(f), "offloader_handshakes_total{version=\"TLSv1.3\","
	    "cipher=\"TLS_AES_256_GCM_SHA384\",group=\"x25519\","
	    "resumed=\"true\"} 1");
	assert_int_equal(count(f->text, "offloader_handshakes_total{"), 1);
}

static void
test_each_of_very_many_certificates_is_told(void **state)
{
	static const char *const names[] = { "*.example.com", "example.com" };
	struct cert *all = calloc(MANY, sizeof *all);
	char files[MANY][16];

	assert_non_null(all);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(files[i], sizeof files[i], "/c/%zu.pem", i);
		all[i] = (struct cert){ .file = files[i], .names = names,
		    .n_names = i % 2 ? 2 : 0, .not_after = 1700000000 +
		    (time_t)i };
	}
	all[7].key_file = "/c/7.key";
	certs = all;
	n_certs = MANY;
	written(*state);
	n_certs = 0;
	assert_int_equal(count(((struct fixture *)*state)->text,
	    "\noffloader_certificate_not_after_seconds{"), MANY);
	assert_has(((struct fixture *)*state)->text,
	    "offloader_certificate_not_after_seconds{file=\"/c/4.pem\","
	    "name=\"\"} 1700000004");
	assert_has(((struct fixture *)*state)->text,
	    "offloader_certificate_not_after_seconds{file=\"/c/7.pem\","
	    "name=\"*.example.com\",key_file=\"/c/7.key\"} 1700000007");
	free(all);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_row_has_help_and_a_type_once),
		TEST(test_a_frontend_is_a_label_and_escaped),
		TEST(test_every_reason_is_there_from_the_beginning),
		TEST(test_a_histogram_adds_up),
		TEST(test_handshakes_that_never_were_are_not_told),
		TEST(test_each_of_very_many_certificates_is_told)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
