/*
 * test_pages.c - what the reporter answers: which page, and to whom;
 * and what the master says for it.
 *
 * Linked with --wrap: what a load was given is made up here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "master/status.h"
#include "reporter/pages.h"

#define CERTS	300
#define NOW	((time_t)1775044800)

static struct cert certs[CERTS];
static char names[CERTS][32];
static const char *name_of[CERTS];

const struct cert *__wrap_cert_store_next(const struct cert_load *, size_t *,
    bool *);

const struct cert *
__wrap_cert_store_next(const struct cert_load *load, size_t *at, bool *fresh)
{
	(void)load;
	(void)fresh;
	return *at < CERTS ? &certs[(*at)++] : NULL;
}

/* ------------------------------------------------- a master ------------- */

static struct generations generations;
static struct generation generation;
static const struct child_role worker = { .needs = CHILD_NEEDS_LISTENERS };
static struct proc workers[300];
static struct result reload, upgrade;
static struct master_status report = { .version = "9.9", .started = NOW,
    .generations = &generations, .reload = &reload, .upgrade = &upgrade };
static struct snapshot *snapshot;
static struct stats *stats;
static struct pages pages;

static int
begin(void **state)
{
	bool fresh;

	(void)state;
	for (size_t i = 0; i < CERTS; i++) {
		snprintf(names[i], sizeof names[i], "n%zu.example.com", i);
		name_of[i] = names[i];
		certs[i] = (struct cert){ .file = "a \"file\"\n",
		    .names = &name_of[i], .n_names = 1,
		    .not_after = NOW + (time_t)(CERTS - i) };
	}
	generations = (struct generations){ .current = &generation };
	TAILQ_INIT(&generations.all);
	generation = (struct generation){ .number = 7, .child = workers,
	    .n_children = 1, .n_workers = 1 };
	TAILQ_INSERT_TAIL(&generations.all, &generation, entry);
	memset(workers, 0, sizeof workers);
	workers[0] = (struct proc){ .role = &worker, .pid = 42,
	    .ready = true };
	reload = upgrade = (struct result){ .kind = RESULT_NONE };
	snapshot = snapshot_new();
	stats = stats_new(-1, &fresh);
	return snapshot == NULL || stats == NULL || pages_init(&pages,
	    &(struct pages_source){ .snapshot = snapshot, .stats = stats,
	    .load = &generation.load, .name = "stats.example:9100" });
}

static int
end(void **state)
{
	(void)state;
	pages_clear(&pages);
	snapshot_free(snapshot);
	stats_free(stats);
	return 0;
}

/* ------------------------------------------------- a client -------------- */

struct asks {
	const char *path, *host, *search, *from, *count;
	bool local;
};

static const char *
word(const struct http_request *r, const char *name)
{
	const struct asks *a = r->connection;

	return strcmp(name, "search") == 0 ? a->search :
	    strcmp(name, "from") == 0 ? a->from : a->count;
}

/* Returns the status; the body is text's, if there is one. */
static unsigned
ask(struct asks a, char *text, size_t size)
{
	const struct http_request r = { .path = a.path, .host = a.host,
	    .local = a.local, .word = word, .connection = &a };
	struct http_reply reply;

	pages_answer(&pages, &r, &reply);
	assert_true(reply.len > 0 && reply.type != NULL);
	if (text != NULL)
		snprintf(text, size, "%.*s", (int)reply.len, reply.body);
	if (!reply.keep)
		free(reply.body);
	return reply.status;
}

/* As the master does. */
static void
publish(void)
{
	struct snapshot_view v;

	status_snapshot(&report, &v);
	snapshot_write(snapshot, &v);
}

static void
test_who_may_ask(void **state)
{
	static const struct {
		const char *host;
		unsigned status;
	} rows[] = {
		{ NULL, 200 }, { "localhost", 200 }, { "LocalHost:9100", 200 },
		{ "127.0.0.1", 200 }, { "127.0.0.1:1", 200 },
		{ "[::1]", 200 }, { "[::1]:9100", 200 }, { "10.0.0.1", 200 },
		{ "stats.example", 200 }, { "stats.example:1", 200 },
		{ "", 421 }, { ":", 421 }, { ":9100", 421 }, { "[", 421 },
		{ "[]", 421 }, { "]", 421 }, { "[::1", 421 },
		{ "localhost.", 421 }, { "a.localhost", 421 },
		{ "localhost.a", 421 }, { "127.0.0.1.a", 421 },
		{ "127.0.0.1 ", 421 }, { "127.1", 421 },
		{ "stats.example.a", 421 }, { "xstats.example", 421 },
		{ "111111111111111111111111111111111111111111111111", 421 },
		{ "[1111:1111:1111:1111:1111:1111:1111:1111:1111]", 421 },
	};

	(void)state;
	publish();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct asks a = { .path = "/health", .host = rows[i].host };

		if (ask(a, NULL, 0) != rows[i].status)
			fail_msg("%s", rows[i].host);
		a.local = true;
		assert_int_equal(ask(a, NULL, 0), 200);
	}
}

static void
test_only_what_is_there_is_found(void **state)
{
	static const char *const good[] = { "/", "/metrics", "/status.json",
	    "/certificates.json", "/health" };
	static const char *const bad[] = { "", "//", "/metric", "/metrics/",
	    "/Health", "/health?", "health", "/../health" };

	(void)state;
	publish();
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_int_equal(ask((struct asks){ .path = good[i] }, NULL,
		    0), 200);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(ask((struct asks){ .path = bad[i] }, NULL,
		    0), 404);
}

static void
test_before_the_first_word_nothing_is_claimed(void **state)
{
	static const char *const path[] = { "/metrics", "/status.json",
	    "/health" };

	(void)state;
	for (size_t i = 0; i < sizeof path / sizeof path[0]; i++)
		assert_int_equal(ask((struct asks){ .path = path[i] }, NULL,
		    0), 503);
}

static void
test_health_is_whether_clients_are_let_in(void **state)
{
	const struct asks a = { .path = "/health" };
	char text[64];

	(void)state;
	publish();
	assert_int_equal(ask(a, text, sizeof text), 200);
	generations.ending = true;
	publish();
	assert_int_equal(ask(a, text, sizeof text), 503);
	assert_string_equal(text, "draining\n");
	generations.ending = workers[0].ready = false;
	publish();
	assert_int_equal(ask(a, text, sizeof text), 503);
	assert_string_equal(text, "no worker\n");
}

/* How many certificates a page has, and what its first is called. */
static size_t
page(const char *search, const char *from, const char *count, char *first)
{
	static char text[CERTS * 300];
	const char *at = text;
	size_t n = 0;

	assert_int_equal(ask((struct asks){ .path = "/certificates.json",
	    .search = search, .from = from, .count = count }, text,
	    sizeof text), 200);
	assert_non_null(strstr(text, "\"total\": 300}"));
	first[0] = '\0';
	if ((at = strstr(text, "\"names\": [\"")) != NULL)
		sscanf(at, "\"names\": [\"%31[^\"]", first);
	for (at = text; (at = strstr(at, "\"file\": ")) != NULL; at++)
		n++;
	return n;
}

static void
test_certificates_come_by_their_end_and_a_page_at_a_time(void **state)
{
	char first[32];

	(void)state;
	assert_int_equal(page(NULL, NULL, NULL, first), 50);
	assert_string_equal(first, "n299.example.com");
	assert_int_equal(page("", "298", "50", first), 2);
	assert_string_equal(first, "n1.example.com");
	assert_int_equal(page("", "300", "50", first), 0);
	assert_int_equal(page("", "0", "1000", first), 200);
	assert_int_equal(page("N29", "1", "50", first), 10);
	assert_string_equal(first, "n298.example.com");
	assert_int_equal(page("FILE", NULL, "0", first), 0);
	assert_int_equal(page("nowhere", NULL, NULL, first), 0);
}

static void
test_what_is_no_number_counts_as_none(void **state)
{
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "x",
	    "0x10", "1e3" };
	char first[32];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(page("", bad[i], bad[i], first), 50);
		assert_string_equal(first, "n299.example.com");
	}
	assert_int_equal(page("", "99999999999999999999999", "1", first), 0);
	assert_int_equal(page("", "0", "99999999999999999999999", first), 200);
}

static void
test_a_name_stays_within_its_string(void **state)
{
	static char text[CERTS * 300];

	(void)state;
	assert_int_equal(ask((struct asks){ .path = "/certificates.json",
	    .count = "1" }, text, sizeof text), 200);
	assert_non_null(strstr(text,
	    "{\"file\": \"a \\\\x22file\\\\x22\\\\x0A\", "));
}

static void
test_the_page_may_do_what_its_own_script_does_and_no_more(void **state)
{
	static const char sha[] = " 'sha256-";
	const char *style = strstr(pages.policy, "style-src");
	const char *script = strstr(pages.policy, "script-src");

	(void)state;
	assert_memory_equal(pages.policy, "default-src 'none';", 19);
	assert_true(style != NULL && script != NULL);
	assert_memory_equal(style + 9, sha, sizeof sha - 1);
	assert_memory_equal(script + 10, sha, sizeof sha - 1);
	assert_null(strstr(pages.policy, "unsafe"));
	assert_null(strstr(pages.policy, "http"));
}

/* ------------------------------------------------- the snapshot ----------- */

static void
test_what_the_master_says_is_read_whole(void **state)
{
	struct snapshot_view v;

	(void)state;
	generation.n_workers = generation.n_children = 300;
	for (size_t i = 0; i < 300; i++)
		workers[i] = (struct proc){ .role = &worker,
		    .number = (unsigned)i,
		    .pid = 1000 + (pid_t)i, .ready = i % 2 == 0 };
	reload = (struct result){ .kind = RESULT_FAILED, .when = NOW,
	    .generation = 7, .settled = 3, .failed = 2 };
	memset(reload.sentence, 'x', sizeof reload.sentence - 1);
	assert_false(snapshot_read(snapshot, &v));
	publish();
	assert_true(snapshot_read(snapshot, &v));
	assert_string_equal(v.head.state, "serving");
	assert_string_equal(v.head.version, "9.9");
	assert_int_equal(v.head.workers, 300);
	assert_int_equal(v.head.ready, 150);
	assert_int_equal(v.head.named, SNAPSHOT_WORKERS);
	assert_int_equal(v.worker[255].pid, 1255);
	assert_string_equal(v.worker[254].state, "serving");
	assert_string_equal(v.worker[255].state, "starting");
	assert_int_equal(v.head.failed, 2);
	assert_string_equal(v.reload, reload.sentence);
}

static void
test_what_is_new_is_seen(void **state)
{
	struct snapshot_view v;

	(void)state;
	publish();
	publish();
	workers[0].pid = 43;
	generation.number = 8;
	snprintf(upgrade.sentence, sizeof upgrade.sentence, "no");
	publish();
	assert_true(snapshot_read(snapshot, &v));
	assert_int_equal(v.head.generation, 8);
	assert_int_equal(v.worker[0].pid, 43);
	assert_string_equal(v.upgrade, "no");
}

int
main(void)
{
#define TEST(of)	cmocka_unit_test_setup_teardown(of, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_who_may_ask),
		TEST(test_only_what_is_there_is_found),
		TEST(test_before_the_first_word_nothing_is_claimed),
		TEST(test_health_is_whether_clients_are_let_in),
		TEST(test_certificates_come_by_their_end_and_a_page_at_a_time),
		TEST(test_what_is_no_number_counts_as_none),
		TEST(test_a_name_stays_within_its_string),
		TEST(test_the_page_may_do_what_its_own_script_does_and_no_more),
		TEST(test_what_the_master_says_is_read_whole),
		TEST(test_what_is_new_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
