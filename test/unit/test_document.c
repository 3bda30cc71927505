/*
 * test_document.c - every option is where it should be: in the file, on the
 * command line, in --help, the sample, the manual pages and the completion.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../shape/texts.h"
#include "config/cli.h"
#include "config/document.h"
#include "config/load.h"

/* The scopes, and what opens and closes them in a file. */
static const struct {
	const struct option_part *scope;
	const char *open, *close;
} scopes[] = {
	{ conf_scope, "", "" },
	{ frontend_scope, "frontend {\n", "\n}" },
	{ cert_scope, "pem-file {\n", "\n}" },
};
#define N_SCOPES	(sizeof scopes / sizeof scopes[0])

static char said[65536];

static void
say(const char *sentence)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof said - n, "%s\n", sentence);
}

static char *
print(void (*one)(FILE *))
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	one(out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* Calls for every row of every scope. */
static void
each(void (*one)(size_t, const struct option_row *, const char *),
    const char *text)
{
	const struct option_part *p;
	const struct option_row *o;

	for (size_t i = 0; i < N_SCOPES; i++)
		for (p = scopes[i].scope; p->rows != NULL; p++)
			for (o = p->rows; o->name != NULL; o++)
				one(i, o, text);
}

/* How often something stands in a text. */
static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static const char *
some_value(const struct option_row *o)
{
	return o->normal != NULL ? o->normal : o->example;
}

/* What else a block needs may be missing; the option itself is taken. */
static void
must_stand_in_a_file(size_t scope, const struct option_row *o,
    const char *alias)
{
	char *file = NULL, wrong[100];
	struct err e;

	if (alias == NULL && o->alias != NULL)
		must_stand_in_a_file(scope, o, o->alias);
	assert_true(asprintf(&file, "pem-file = a\n%s%s = \"%s\"%s",
	    scopes[scope].open, alias != NULL ? alias : o->name, some_value(o),
	    scopes[scope].close) > 0);
	said[0] = '\0';
	conf_free(conf_load_text("t", file, strlen(file), say, &e));
	free(file);
	snprintf(wrong, sizeof wrong, ": %s: ",
	    alias != NULL ? alias : o->name);
	if (o->cli_only)
		assert_non_null(strstr(said, wrong));
	else if (strstr(said, wrong) != NULL)
		fail_msg("%s", said);
}

static void
must_stand_on_the_command_line(size_t scope, const struct option_row *o,
    const char *alias)
{
	static const char *const first[N_SCOPES] = { "--workers=1",
	    "--frontend=[*]:1", "--pem-file=a" };
	char begin[32], option[300];
	char *argv[] = { (char[]){ "t" }, begin, option, (char[]){ "a.pem" },
	    NULL };
	char wrong[100];
	struct err e;

	if (!cli_has(scopes[scope].scope, o) || o->cli_only)
		return;
	if (alias == NULL && o->alias != NULL)
		must_stand_on_the_command_line(scope, o, o->alias);
	snprintf(begin, sizeof begin, "%s", first[scope]);
	snprintf(option, sizeof option, "--%s=%s",
	    alias != NULL ? alias : o->name, some_value(o));
	said[0] = '\0';
	conf_free(conf_load(4, argv, say, &e));
	snprintf(wrong, sizeof wrong, "command line: %s: ",
	    alias != NULL ? alias : o->name);
	if (strstr(said, wrong) != NULL)
		fail_msg("%s", said);
}

static void
test_every_option_stands_in_a_file(void **state)
{
	(void)state;
	each(must_stand_in_a_file, NULL);
}

static void
test_every_option_stands_on_the_command_line(void **state)
{
	(void)state;
	each(must_stand_on_the_command_line, NULL);
}

/* The names in a text, after a mark; every one must be a row's. */
static void
no_other_names(const char *text, const char *mark)
{
	char name[64];
	size_t i, len;

	for (; (text = strstr(text, mark)) != NULL; text += strlen(name)) {
		text += strlen(mark);
		for (len = 0; islower((unsigned char)text[len]) ||
		    text[len] == '-'; len++)
			;
		snprintf(name, sizeof name, "%.*s", (int)len, text);
		for (i = 0; i < N_SCOPES; i++)
			if (option_look(scopes[i].scope, name, NULL) != NULL)
				break;
		if (i == N_SCOPES)
			fail_msg("\"%s%s\" is no option", mark, name);
	}
}

static void
must_be_in_help(size_t scope, const struct option_row *o, const char *text)
{
	const char *next, *normal;
	char option[80];

	if (!cli_has(scopes[scope].scope, o))
		return;
	snprintf(option, sizeof option, "  --%s%s", o->name,
	    !o->no_value ? "=" : o->cli_only ? "\n" : "[=on|off]\n");
	if (o->letter != 0) {
		option[0] = ',';
		option[1] = ' ';
	}
	if (count(text, option) != 1)
		fail_msg("--help has \"%s\" %zu times", option,
		    count(text, option));
	text = strstr(text, option) + strlen(option);
	normal = strstr(text, "Default:");
	next = strstr(text, " --");
	if ((normal != NULL && (next == NULL || normal < next)) !=
	    (o->normal != NULL && !o->cli_only))
		fail_msg("--help is wrong about the default of %s", o->name);
}

static void
test_every_option_is_in_help_once(void **state)
{
	char *text = print(document_help);

	(void)state;
	each(must_be_in_help, text);
	no_other_names(text, "      --");
	no_other_names(text, ", --");
	free(text);
}

static void
must_be_in_sample(size_t scope, const struct option_row *o, const char *text)
{
	const char *tab = scopes[scope].scope == conf_scope ? "" : "\t";
	char option[300];

	/* The title of a block says it, or the whole block. */
	if (o->cli_only || strcmp(o->name, "name") == 0 ||
	    strcmp(o->name, "address") == 0 || strcmp(o->name, "cert") == 0)
		return;
	if (scopes[scope].scope != conf_scope &&
	    option_find(scopes[scope].scope->rows, o->name) == NULL)
		return;
	snprintf(option, sizeof option, "\n#%s%s = ", tab, o->name);
	if (strstr(text, option) == NULL)
		fail_msg("the sample has no \"%s\"", option + 1);
	if (o->normal == NULL)
		return;
	snprintf(option, sizeof option, "\n#%s%s = %s\n", tab, o->name,
	    o->normal);
	if (strstr(text, option) != NULL)
		return;
	snprintf(option, sizeof option, "\n#%s%s = \"%s\"\n", tab, o->name,
	    o->normal);
	if (strstr(text, option) == NULL)
		fail_msg("the sample has no \"%s\"", option + 1);
}

static void
test_every_option_is_in_the_sample_at_its_default(void **state)
{
	char *text = print(texts_sample);

	(void)state;
	each(must_be_in_sample, text);
	free(text);
}

/* Every "#" right before a letter or tab is taken away. */
static void
test_the_sample_is_good_with_and_without_comments(void **state)
{
	char *text = print(texts_sample), *from = text, *to = text;
	struct conf *c;
	struct err e;

	(void)state;
	said[0] = '\0';
	assert_null(conf_load_text("t", text, strlen(text), say, &e));
	assert_string_equal(said, "configuration: no certificate for "
	    "the default frontend [*]:8443: set pem-file\n");
	for (; *from != '\0'; from++)
		if (*from != '#' || from[1] == ' ' ||
		    (from > text && from[-1] != '\n'))
			*to++ = *from;
	*to = '\0';
	said[0] = '\0';
	c = conf_load_text("t", text, strlen(text), say, &e);
	if (c == NULL)
		fail_msg("%s", said);
	assert_int_equal(c->n_fronts, 2);
	assert_string_equal(c->fronts[1].name, "web");
	assert_int_equal(c->certs.n, 2);
	conf_free(c);
	free(text);
}

static void
must_be_in_cli_page(size_t scope, const struct option_row *o,
    const char *text)
{
	char item[100];
	const char *at;

	if (!cli_has(scopes[scope].scope, o))
		return;
	snprintf(item, sizeof item, "Fl -%s%s", o->name,
	    !o->no_value ? " Ns = " : o->cli_only ? "\n" : " Ns Op = ");
	if (count(text, item) != 1)
		fail_msg("offloader(8) has \"%s\" %zu times", item,
		    count(text, item));
	for (at = strstr(text, item); at > text && at[-1] != '\n'; at--)
		;
	snprintf(item, sizeof item, o->letter ? ".It Fl %c , " : ".It Fl -",
	    o->letter);
	assert_int_equal(strncmp(at, item, strlen(item)), 0);
}

static void
must_be_in_file_page(size_t scope, const struct option_row *o,
    const char *text)
{
	char item[80];

	(void)scope;
	snprintf(item, sizeof item, ".It Ic %s No = ", o->name);
	if ((count(text, item) == 0) != o->cli_only)
		fail_msg("offloader.conf(5) has \"%s\" %zu times", item,
		    count(text, item));
}

static void
test_every_option_is_in_the_manual_pages(void **state)
{
	char *cli = print(texts_cli_mdoc), *file = print(texts_file_mdoc);

	(void)state;
	each(must_be_in_cli_page, cli);
	no_other_names(cli, "Fl -");
	each(must_be_in_file_page, file);
	no_other_names(file, ".It Ic ");
	free(cli);
	free(file);
}

static void
must_be_completed(size_t scope, const struct option_row *o, const char *text)
{
	char option[80];

	if (!cli_has(scopes[scope].scope, o))
		return;
	snprintf(option, sizeof option, "\n\t\t    --%s%s", o->name,
	    o->no_value ? " " : "=");
	if (count(text, option) != 1)
		fail_msg("the completion has \"%s\" %zu times", option,
		    count(text, option));
}

static void
test_every_option_is_completed(void **state)
{
	char *text = print(texts_completion);

	(void)state;
	each(must_be_completed, text);
	no_other_names(text, "    --");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_option_stands_in_a_file),
		cmocka_unit_test(test_every_option_stands_on_the_command_line),
		cmocka_unit_test(test_every_option_is_in_help_once),
		cmocka_unit_test(
		    test_every_option_is_in_the_sample_at_its_default),
		cmocka_unit_test(
		    test_the_sample_is_good_with_and_without_comments),
		cmocka_unit_test(test_every_option_is_in_the_manual_pages),
		cmocka_unit_test(test_every_option_is_completed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
