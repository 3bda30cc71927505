/*
 * test_access_rows.c - what is told of a connection that has ended.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "serve/access_log.h"

#define VALUE(s)	((struct proxy_value){ s, sizeof s - 1 })

static void
test_what_is_absent_is_not_told(void **state)
{
	static const char wanted[] = "tls.client.server_name=\"\" "
	    "tls.established=false end=silent up=0";
	char line[ACCESS_LINE];
	struct access_facts a;

	(void)state;
	access_facts_init(&a);
	assert_int_equal(access_line(&a, true, line), 2);
	assert_memory_equal(line, "{}", 2);
	assert_int_equal(access_line(&a, false, line), 0);
	a.end = VALUE("silent");
	a.up = 0;
	a.established = false;
	a.sni = VALUE("");
	assert_int_equal(access_line(&a, false, line), sizeof wanted - 1);
	assert_memory_equal(line, wanted, sizeof wanted - 1);
}

/* Bytes that take the most room, in every text at once. */
static void
test_the_longest_line_fits(void **state)
{
	char worst[1000], line[ACCESS_LINE];
	const struct access_row *row;
	struct access_facts a;
	unsigned n = 0;
	size_t len;

	(void)state;
	memset(worst, '\\', sizeof worst);
	access_facts_init(&a);
	for (row = access_rows; row->name != NULL; row++) {
		void *field = (char *)&a + row->offset;

		switch (row->kind) {
		case ACCESS_TEXT:
			*(struct proxy_value *)field = VALUE("of our own");
			break;
		case ACCESS_NUMBER:
			*(long long *)field = LLONG_MAX;
			break;
		case ACCESS_TRUTH:
			*(int *)field = false;
			break;
		}
		n++;
	}
	while (a.n_times < ACCESS_TIMES)
		a.times[a.n_times++] = (struct access_time){ "ms.handshake",
		    LLONG_MAX };
	/* Texts from clients, and texts without a limit of their own. */
	a.sni = a.cn = a.id = a.alpn = a.frontend =
	    (struct proxy_value){ worst, sizeof worst };
	a.backend = (struct proxy_value){ worst, 110 };
	a.why = (struct proxy_value){ worst, 127 };
	for (int json = 0; json < 2; json++) {
		len = access_line(&a, json, line);
		assert_true(len > 2500 && len <= sizeof line);
	}
	assert_int_equal(n, 22);
}

static void
test_every_row_has_a_name_of_its_own(void **state)
{
	const struct access_row *a, *b;

	(void)state;
	for (a = access_rows; a->name != NULL; a++)
		for (b = access_rows; b != a; b++) {
			assert_string_not_equal(a->name, b->name);
			assert_int_not_equal(a->offset, b->offset);
		}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_absent_is_not_told),
		cmocka_unit_test(test_the_longest_line_fits),
		cmocka_unit_test(test_every_row_has_a_name_of_its_own)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
