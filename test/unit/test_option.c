/*
 * test_option.c - each kind of option takes what it should and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/conf.h"

struct sample {
	bool yes;
	int number;
	double seconds;
	unsigned choice;
	char *text;
	struct strlist list, some, pairs;
	double limit;
};

static const char *const colours[] = { "red", "green", "blue", NULL };

static const struct option_row rows[] = {
	{ .name = "yes", .alias = "ja", OPTION_FIELD(struct sample, yes),
	  .normal = "off" },
	{ .name = "number", OPTION_FIELD(struct sample, number),
	  .normal = "7", .zero = "auto", .min = 1, .max = 100 },
	{ .name = "seconds", OPTION_FIELD(struct sample, seconds),
	  .normal = "5s", .min = 100, .max = 86400000 },
	{ .name = "choice", OPTION_FIELD(struct sample, choice),
	  .normal = "green", .words = colours },
	{ .name = "text", OPTION_FIELD(struct sample, text),
	  .normal = "some", .zero = "none" },
	{ .name = "list", OPTION_FIELD(struct sample, list), .min = 1,
	  .max = 8 },
	{ .name = "some", OPTION_FIELD(struct sample, some), .zero = "none",
	  .normal = "red, blue", .words = colours },
	{ .name = "pairs", OPTION_FIELD(struct sample, pairs),
	  .repeats = true },
	{ .name = "limit", OPTION_FIELD(struct sample, limit),
	  .normal = "1s", .zero = "off", .min = 100, .max = 60000 },
	{ .name = NULL }
};

static const char *
show_words(const struct strlist *w, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < w->n; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s",
		    i > 0 ? "|" : "", w->word[i]);
	return out;
}

/* A field as text, so that all kinds are compared alike. */
static const char *
show(const struct option_row *o, const struct sample *s, char *out,
    size_t size)
{
	const void *v = (const char *)s + o->offset;

	switch (o->kind) {
	case OPTION_BOOL:
		snprintf(out, size, "%d", *(const bool *)v);
		break;
	case OPTION_INT:
		snprintf(out, size, "%d", *(const int *)v);
		break;
	case OPTION_SECONDS:
		snprintf(out, size, "%g", *(const double *)v);
		break;
	case OPTION_CHOICE:
		snprintf(out, size, "%u", *(const unsigned *)v);
		break;
	case OPTION_TEXT:
		snprintf(out, size, "%s", *(char *const *)v != NULL ?
		    *(char *const *)v : "NULL");
		break;
	case OPTION_WORDS:
		return show_words(v, out, size);
	case OPTION_SECTION:
		break;
	}
	return out;
}

static void
test_good_values_are_stored(void **state)
{
	static const struct { const char *name, *text, *stored; } good[] = {
		{ "limit", "off", "0" }, { "limit", "0", "0" },
		{ "yes", "yes", "1" }, { "yes", "on", "1" },
		{ "yes", "true", "1" }, { "yes", "TRUE", "1" },
		{ "yes", "no", "0" }, { "yes", "off", "0" },
		{ "yes", "false", "0" }, { "yes", "Off", "0" },
		{ "yes", "", "0" }, { "ja", "on", "1" },
		{ "number", "1", "1" }, { "number", "100", "100" },
		{ "number", "010", "10" },	/* not octal */
		{ "number", "auto", "0" }, { "number", "", "7" },
		{ "seconds", "5", "5" }, { "seconds", "5s", "5" },
		{ "seconds", "500ms", "0.5" }, { "seconds", "2m", "120" },
		{ "seconds", "1h", "3600" }, { "seconds", "8h", "28800" },
		{ "seconds", "1d", "86400" }, { "seconds", "0.5s", "0.5" },
		{ "seconds", "1.25", "1.25" }, { "seconds", ".5", "0.5" },
		{ "seconds", "0.1", "0.1" },
		{ "seconds", "100ms", "0.1" }, { "seconds", "", "5" },
		{ "choice", "red", "1" }, { "choice", "blue", "3" },
		{ "choice", "", "2" },
		{ "text", "any thing", "any thing" }, { "text", "", "some" },
		{ "text", "none", "NULL" },
		{ "list", "a", "a" }, { "list", "a,b", "a|b" },
		{ "list", " a , b\tc,,d ", "a|b|c|d" },
		{ "list", "12345678", "12345678" },
		{ "some", "blue,red", "blue|red" }, { "some", "none", "" },
		{ "some", "", "red|blue" },
		{ "pairs", "A:b, c", "A:b, c" }, { "pairs", "", "A:b, c" },
	};
	struct sample s = { 0 };
	const struct option_row *o;
	char out[200];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		o = option_find(rows, good[i].name);
		assert_non_null(o);
		if (option_set(o, &s, good[i].text, &e) != 0)
			fail_msg("row %zu: %s", i, e.text);
		assert_string_equal(show(o, &s, out, sizeof out),
		    good[i].stored);
	}
	option_free(rows, &s);
}

static void
test_bad_values_are_refused_in_words(void **state)
{
	static const struct { const char *name, *text, *says; } bad[] = {
		{ "yes", "maybe", "yes: \"maybe\" is neither on nor off" },
		{ "yes", "1", "neither" }, { "yes", " on", "neither" },
		{ "number", "many", "number: \"many\" is not a number" },
		{ "number", "5x", "not a number" },
		{ "number", " 5", "not a number" },
		{ "number", "+5", "not a number" },
		{ "number", "-", "not a number" },
		{ "number", "0x5", "not a number" },
		{ "number", "0", "number: 0 is not between 1 and 100" },
		{ "number", "101", "between" }, { "number", "-1", "between" },
		{ "number", "99999999999999999999", "between" },
		{ "number", "4294967297", "between" },
		{ "seconds", "soon", "seconds: \"soon\" is not a time" },
		{ "seconds", "0", "seconds: 0 is not between" },
		{ "limit", "0.0", "limit: 0.0 is not between" },
		{ "seconds", "s", "not a time" },
		{ "seconds", "5y", "not a time" },
		{ "seconds", "5 s", "not a time" },
		{ "seconds", "-5", "not a time" },
		{ "seconds", "inf", "not a time" },
		{ "seconds", "nan", "not a time" },
		{ "seconds", "0x10", "not a time" },
		{ "seconds", "1e3", "not a time" },
		{ "seconds", "5.", "not a time" },
		{ "seconds", ".", "not a time" },
		{ "seconds", "1m30s", "not a time" },
		{ "seconds", "99ms", "99ms is not between 0.1 and 86400 s" },
		{ "seconds", "25h", "between" },
		{ "seconds", "99999999999999999999999999999999d", "between" },
		{ "choice", "pink", "choice: \"pink\" is not one of red, "
		    "green, blue" },
		{ "choice", "Red", "not one of" },
		{ "choice", "red,blue", "not one of" },
		{ "list", "", "list: needs at least 1" },
		{ "list", " , ", "at least 1" },
		{ "list", "a b a", "list: \"a\" is repeated" },
		{ "list", "123456789", "longer than 8 bytes" },
		{ "some", "red pink", "some: \"pink\" is not one of red" },
		{ "some", "none red", "\"none\" is not one of" },
	};
	const struct option_row *o;
	struct sample s = { 0 };
	char after[200], before[200];
	struct err e;

	(void)state;
	assert_int_equal(option_defaults(rows, &s, &e), 0);
	assert_int_equal(option_set(option_find(rows, "list"), &s, "old", &e),
	    0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		o = option_find(rows, bad[i].name);
		show(o, &s, before, sizeof before);
		if (option_set(o, &s, bad[i].text, &e) == 0)
			fail_msg("row %zu: \"%s\" was taken", i, bad[i].text);
		if (strstr(e.text, bad[i].says) == NULL)
			fail_msg("row %zu said: %s", i, e.text);
		assert_int_equal(e.kind, ERR_CONFIG);
		/* What was there before a faulty value is still there. */
		assert_string_equal(show(o, &s, after, sizeof after), before);
	}
	option_free(rows, &s);
}

static void
test_a_list_has_an_end(void **state)
{
	const struct option_row *o = option_find(rows, "pairs");
	struct sample s = { 0 };
	char word[16];
	struct err e;

	(void)state;
	for (int i = 0; i < 4096; i++) {
		snprintf(word, sizeof word, "a:%d", i);
		assert_int_equal(option_set(o, &s, word, &e), 0);
	}
	assert_int_equal(option_set(o, &s, "one:more", &e), -1);
	assert_int_equal(s.pairs.n, 4096);
	option_free(rows, &s);
	assert_int_equal(s.pairs.n, 0);
}

static void
test_defaults_are_what_the_rows_say(void **state)
{
	struct sample s = { 0 };
	char out[200];
	struct err e;

	(void)state;
	assert_int_equal(option_defaults(rows, &s, &e), 0);
	assert_int_equal(s.number, 7);
	assert_string_equal(s.text, "some");
	assert_int_equal(s.choice, 2);
	assert_string_equal(show_words(&s.some, out, sizeof out), "red|blue");
	assert_null(s.list.word);
	option_free(rows, &s);
	assert_null(s.text);
}

static void
test_a_copy_owns_what_it_has(void **state)
{
	struct sample from = { 0 }, to = { 0 };
	char a[200], b[200];
	struct err e;

	(void)state;
	assert_int_equal(option_defaults(rows, &from, &e), 0);
	assert_int_equal(option_defaults(rows, &to, &e), 0);
	assert_int_equal(option_set(&rows[0], &from, "on", &e), 0);
	assert_int_equal(option_set(option_find(rows, "text"), &from, "other",
	    &e), 0);
	assert_int_equal(option_set(option_find(rows, "pairs"), &from, "a:b",
	    &e), 0);
	for (const struct option_row *o = rows; o->name != NULL; o++)
		assert_int_equal(option_copy_one(o, &to, &from, &e), 0);
	for (const struct option_row *o = rows; o->name != NULL; o++)
		assert_string_equal(show(o, &to, a, sizeof a),
		    show(o, &from, b, sizeof b));
	assert_ptr_not_equal(to.text, from.text);
	option_free(rows, &from);
	assert_string_equal(to.text, "other");
	assert_string_equal(to.pairs.word[0], "a:b");
	option_free(rows, &to);
}

static void
test_a_scope_is_several_tables(void **state)
{
	size_t offset = 1;

	(void)state;
	assert_ptr_equal(option_look(conf_scope, "workers", &offset),
	    option_find(conf_rows, "workers"));
	assert_int_equal(offset, 0);
	assert_ptr_equal(option_look(conf_scope, "ecdh-curve", &offset),
	    option_find(tls_rows, "groups"));
	assert_int_equal(offset, offsetof(struct conf, tls));
	assert_null(option_look(conf_scope, "host", &offset));
	assert_null(option_find(rows, "nothing"));
}

/* One value for each row, and another one. */
static void
test_what_differs_is_seen(void **state)
{
	static const char *const values[][2] = { { "on", "off" },
	    { "1", "auto" }, { "1s", "2s" }, { "red", "blue" },
	    { "a", "none" }, { "a b", "a b c" }, { "red", "green" },
	    { "a", "b" }, { "1s", "off" } };
	struct sample a = { 0 }, b = { 0 };
	struct err e;

	(void)state;
	for (size_t i = 0; rows[i].name != NULL; i++) {
		option_free(rows, &a);
		option_free(rows, &b);
		assert_true(option_same(&rows[i], &a, &b));
		assert_int_equal(option_set(&rows[i], &a, values[i][0], &e), 0);
		assert_int_equal(option_set(&rows[i], &b, values[i][1], &e), 0);
		assert_false(option_same(&rows[i], &a, &b));
		assert_false(option_same(&rows[i], &b, &a));
		assert_int_equal(option_copy_one(&rows[i], &b, &a, &e), 0);
		assert_true(option_same(&rows[i], &a, &b));
	}
	option_free(rows, &a);
	option_free(rows, &b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_values_are_stored),
		cmocka_unit_test(test_bad_values_are_refused_in_words),
		cmocka_unit_test(test_a_list_has_an_end),
		cmocka_unit_test(test_defaults_are_what_the_rows_say),
		cmocka_unit_test(test_a_copy_owns_what_it_has),
		cmocka_unit_test(test_a_scope_is_several_tables),
		cmocka_unit_test(test_what_differs_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
