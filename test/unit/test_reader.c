/*
 * test_reader.c - a text leads to values of options, or to messages.
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

#include "config/conf.h"
#include "config/reader.h"

/* All diagnostics of one reading, a line each; and the values it led to. */
static char said[65536];
static char *values;
static struct conf *conf;

static void
say(const char *sentence)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof said - n, "%s\n", sentence);
}

static void
put_value(FILE *out, const struct option_row *o, const void *field)
{
	const struct strlist *list = field;

	fprintf(out, "%s=", o->name);
	if (o->kind == OPTION_INT)
		fprintf(out, "%d", *(const int *)field);
	else if (o->kind == OPTION_TEXT && *(char *const *)field != NULL)
		fputs(*(char *const *)field, out);
	else if (o->kind == OPTION_WORDS)
		for (size_t i = 0; i < list->n; i++)
			fprintf(out, "%s%s", i > 0 ? " " : "", list->word[i]);
	fputs("; ", out);
}

/* Prints what was set in a scope, in the order of the rows. */
static void
put_scope(FILE *out, struct spot s)
{
	const char *target = spot_target(conf, s);

	for (const struct option_part *p = spot_scope(s); p->rows; p++)
		for (const struct option_row *o = p->rows; o->name; o++)
			if (build_has(conf, s, o))
				put_value(out, o, target + p->offset +
				    o->offset);
}

static void
put_certs(FILE *out, unsigned front, size_t n)
{
	for (unsigned i = 1; i <= n && i < 10; i++) {
		fputs("pem-file { ", out);
		put_scope(out, (struct spot){ front, i });
		fputs("} ", out);
	}
}

static void
put_all(FILE *out)
{
	put_scope(out, (struct spot){ 0, 0 });
	put_certs(out, 0, conf->certs.n);
	for (unsigned i = 1; i <= conf->n_fronts && i < 10; i++) {
		fputs("frontend { ", out);
		put_scope(out, (struct spot){ i, 0 });
		put_certs(out, i, conf->fronts[i - 1].certs.n);
		fputs("} ", out);
	}
}

static void
forget(void)
{
	free(values);
	values = NULL;
	conf_free(conf);
	conf = NULL;
}

static int
read_all(const char *name, const char *text, size_t len, struct err *e)
{
	struct diagnostics d = { .n = 0 };
	struct build b = { NULL, &d };
	FILE *out;
	size_t n;
	int r;

	forget();
	b.conf = conf = calloc(1, sizeof *conf);
	assert_non_null(conf);
	r = reader_read(&b, name, text, len);
	said[0] = '\0';
	diagnostics_report(&d, say, e);
	out = open_memstream(&values, &n);
	assert_non_null(out);
	put_all(out);
	fclose(out);
	return r;
}

static void
read_text(const char *text, size_t len)
{
	struct err e;

	read_all("t", text, len, &e);
}

static void
test_every_form_leads_to_its_values(void **state)
{
	static const struct { const char *text, *values; } rows[] = {
		{ "", "" },
		{ "workers = 4", "workers=4; " },
		{ "workers=4", "workers=4; " },
		{ "\xef\xbb\xbfworkers = 4", "workers=4; " },
		{ "workers = \"4\"\r\n", "workers=4; " },
		{ "workers = '4' # four", "workers=4; " },
		{ "workers = 4 // four", "workers=4; " },
		{ "workers /* how\n many */ = 4", "workers=4; " },
		{ "# a\n\n// b\n/* c */ workers = 4 #", "workers=4; " },
		{ "user = \"${HOME}\\n\"", "user=${HOME}\\n; " },
		{ "user = \"it's\"", "user=it's; " },
		{ "user = 'a # \"b\" // c'", "user=a # \"b\" // c; " },
		{ "chroot = /a//b", "chroot=/a//b; " },
		{ "backend = [::1]:443", "backend=[::1]:443; " },
		{ "workers = 4\nbacklog = 5", "workers=4; backlog=5; " },
		{ "workers = 4 backlog = 5", "workers=4; backlog=5; " },
		{ "tls-protos = TLSv1.2 TLSv1.3",
		    "tls-protos=TLSv1.2 TLSv1.3; " },
		{ "tls-protos = TLSv1.2 backlog = 5",
		    "backlog=5; tls-protos=TLSv1.2; " },
		{ "tls-protos = TLSv1.2\nbacklog = 5",
		    "backlog=5; tls-protos=TLSv1.2; " },
		{ "alpn-protos = h2,http/1.1", "alpn-protos=h2 http/1.1; " },
		{ "alpn-protos = \"h2, http/1.1\"",
		    "alpn-protos=h2 http/1.1; " },
		{ "alpn-protos = {\"h2\",\n\"http/1.1\" }",
		    "alpn-protos=h2 http/1.1; " },
		{ "alpn-protos = {h2,}", "alpn-protos=h2; " },
		{ "alpn-protos = { }", "alpn-protos=; " },
		{ "openssl-conf = A:b\nopenssl-conf = C:d",
		    "openssl-conf=A:b C:d; " },
		{ "openssl-conf = A:b C:d", "openssl-conf=A:b C:d; " },
		{ "openssl-conf = { A:b, C:d }", "openssl-conf=A:b C:d; " },
		{ "frontend = \"[*]:443\"",
		    "frontend { address=[*]:443; } " },
		{ "frontend = {\n port = 443\n}",
		    "frontend { address=; port=443; } " },
		{ "frontend { }", "frontend { address=; } " },
		{ "frontend\n{\n}", "frontend { address=; } " },
		{ "frontend { address = a }", "frontend { address=a; } " },
		{ "frontend \"web\" { }",
		    "frontend { name=web; address=; } " },
		{ "frontend web { }", "frontend { name=web; address=; } " },
		{ "frontend = \"web\" { }",
		    "frontend { name=web; address=; } " },
		{ "pem-file = \"a\"\npem-file = 'b'",
		    "pem-file { cert=a; } pem-file { cert=b; } " },
		{ "pem-file = { cert = a private-key = b }",
		    "pem-file { cert=a; private-key=b; } " },
		{ "pem-file \"a\" { private-key = b }",
		    "pem-file { cert=a; private-key=b; } " },
		{ "pem-file { cert = a } pem-file { cert = b }",
		    "pem-file { cert=a; } pem-file { cert=b; } " },
		{ "pem-file = \"\"\nworkers = 4", "workers=4; " },
		{ "frontend { pem-file = a }",
		    "frontend { address=; pem-file { cert=a; } } " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		read_text(rows[i].text, strlen(rows[i].text));
		if (said[0] != '\0')
			fail_msg("row %zu: %s", i, said);
		if (strcmp(values, rows[i].values) != 0)
			fail_msg("row %zu: %s", i, values);
	}
}

static void
test_what_is_wrong_is_said_with_its_line(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "user = \"a\nworkers = 4",
		    "t:1: the string is not closed on this line\n" },
		{ "\nuser = 'a", "t:2: the string is not" },
		{ "workers = 4\n/* a\n\n", "t:2: the comment that begins" },
		{ "workers = 4 /*", "t:1: the comment that begins" },
		{ "\nfrontend = {\nport = 443\n",
		    "t:2: frontend: the block that begins here is not "
		    "closed\n" },
		{ "frontend {\npem-file {\n",
		    "t:1: frontend: the block that begins here is not "
		    "closed\nt:2: pem-file: the block that begins here is not "
		    "closed\n" },
		{ "workers = 4\n}\n", "t:2: unmatched \"}\"\n" },
		{ "workers = 4\nbacklog = 1\nworkers = 5",
		    "t:3: workers: already set at t:1\n" },
		{ "groups = a\necdh-curve = b", "t:2: groups: already set at "
		    "t:1" },
		{ "frontend \"a\" {\nname = b }", "t:2: name: already set at "
		    "t:1" },
		{ "pem-file \"a\" {\ncert = b }", "t:2: cert: already set at "
		    "t:1" },
		{ "workers 4", "t:1: workers: \"=\" is missing\n" },
		{ "workers += 4", "t:1: workers: \"=\" is missing\n" },
		{ "workers =\nbacklog = 4", "t:1: workers: no value on this "
		    "line\n" },
		{ "workers = backlog = 4", "t:1: workers: no value" },
		{ "workers = {4}", "t:1: workers: takes one value\n" },
		{ "workers =", "t:1: workers: no value" },
		{ "pem-file \"a\"\nworkers = 4", "t:1: pem-file: \"=\" is" },
		{ "pem-file =\nworkers = 4", "t:1: pem-file: no value or" },
		{ "pem-file = = a", "t:1: pem-file: no value or" },
		{ "\"workers\" = 4", "t:1: \"workers\" instead of" },
		{ "= 4", "t:1: \"=\" instead of an option name\n" },
		{ ", ,", "t:1: \",\" instead of an option name\n" },
		{ "workerz = 4", "t:1: workerz: unknown option; did "
		    "you mean workers?\n" },
		{ "x = 4", "t:1: x: unknown option\n" },
		{ "host = a", "t:1: host: only allowed in the block of a "
		    "frontend\n" },
		{ "cert = a", "t:1: cert: only allowed in the block of a "
		    "pem-file\n" },
		{ "frontend { workers = 4 }",
		    "t:1: workers: not allowed inside a block\n" },
		{ "frontend { hosst = x port = 443 }",
		    "t:1: hosst: unknown option; did you mean "
		    "host?\n" },
		{ "write-proxy-v2 = on",
		    "t:1: write-proxy-v2: use send-proxy = v2\n" },
		{ "tls = on", "t:1: tls: use tls-protos = TLSv1.2 TLSv1.3\n" },
		{ "config = x", "t:1: config: only allowed on the command "
		    "line\n" },
		{ "test = on", "t:1: test: only allowed" },
		{ "include \"x\"", "t:1: include: not allowed here\n" },
		{ "include", "t:1: include: no file name" },
		{ "include(\"x\"", "t:1: include: \")\" is missing\n" },
		{ "nothing { a { b } }\nworkerz = 4",
		    "t:1: nothing: unknown option\nt:2: workerz: " },
		{ "nothing {\n{", "t:1: the block that begins here" },
		{ "user = \"a\tb\"\ngroup = \"a\x01\"",
		    "t:2: unexpected control character\n" },
		{ "us\x7f" "er = a", "t:1: unexpected control" },
		{ "workers = x\nworkers = 4", "t:2: workers: already set at "
		    "t:1\n" },
		{ "alpn-protos = {h2 x}", "t:1: unexpected \"x\" in a list" },
		{ "alpn-protos = {,}", "t:1: unexpected \",\" in a list" },
		{ "alpn-protos = {\nh2, {}}\n}", "t:2: unexpected \"{\" in "
		    "a list\nt:3: unmatched" },
		{ "\nalpn-protos = {h2,\n", "t:2: the block that begins here "
		    "is not closed\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		read_text(rows[i].text, strlen(rows[i].text));
		if (strstr(said, rows[i].says) == NULL)
			fail_msg("row %zu said: %s", i, said);
	}
}

static void
test_after_a_fault_the_rest_is_still_read(void **state)
{
	static const char text[] =
	    "nothing = 1\n"
	    "workers = 4\n"
	    "frontend { hosst = \"x\" port = 443 }\n"
	    "worker { deep { deeper } } backlog = 5\n"
	    "user =\n"
	    "group = a group = b\n"
	    "keepalive = 6\n";

	(void)state;
	read_text(text, strlen(text));
	assert_string_equal(said,
	    "t:1: nothing: unknown option\n"
	    "t:3: hosst: unknown option; did you mean host?\n"
	    "t:4: worker: unknown option; did you mean workers?\n"
	    "t:5: user: no value on this line\n"
	    "t:6: group: already set at t:6\n");
	assert_non_null(strstr(values, "workers=4; "));
	assert_non_null(strstr(values, "port=443; }"));
	assert_non_null(strstr(values, "backlog=5; "));
	assert_non_null(strstr(values, "keepalive=6; "));
}

static void
test_a_nul_byte_is_no_text(void **state)
{
	static const char text[] = "workers = 4\nuser = a\0b\nbacklog = 5\n";

	(void)state;
	read_text(text, sizeof text - 1);
	assert_string_equal(said, "t:2: NUL byte: this is not a text file\n");
	read_text("user = 'a\0b'\n", 13);
	assert_string_equal(values, "user=; ");
	assert_string_equal(said, "t:1: unexpected control character\n");
}

static void
test_values_know_their_lines(void **state)
{
	static const char text[] =
	    "# one\n"
	    "/* two\n"
	    "three */ workers = 4\n"
	    "\n"
	    "frontend {	// five\n"
	    "	port =\n"
	    "	    443\n"
	    "	port = 444	# eight\n"
	    "	host = x }\n"
	    "user = x # ten";

	(void)state;
	read_text(text, strlen(text));
	assert_string_equal(said, "t:6: port: no value on this line\n"
	    "t:7: 443: unknown option\n");
	assert_string_equal(conf_where(conf, conf, "workers"), "t:3");
	assert_string_equal(conf_where(conf, conf->fronts, "address"), "t:5");
	assert_string_equal(conf_where(conf, conf->fronts, "port"), "t:8");
	assert_string_equal(conf_where(conf, conf->fronts, "host"), "t:9");
	assert_string_equal(conf_where(conf, conf, "user"), "t:10");
}

/* A file in a directory of its own; all are gone at the end of a test. */
static char dir[] = "/tmp/test_reader.XXXXXX";

static void
write_file(const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
read_file(const char *name)
{
	struct err e;
	char path[200];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	read_all(path, NULL, 0, &e);
}

static int
make_dir(void **state)
{
	char path[200];

	(void)state;
	memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/conf.d", dir);
	return mkdir(path, 0700);
}

static int
remove_dir(void **state)
{
	char command[200];

	(void)state;
	snprintf(command, sizeof command, "rm -r '%s'", dir);
	return system(command);
}

static void
test_includes_are_put_in_place(void **state)
{

	(void)state;
	write_file("main", "workers = 1\ninclude(\"conf.d/*.conf\")\n"
	    "frontend {\ninclude \"conf.d/front\"\n}\ninclude('none/*')\n"
	    "include = \"conf.d/last\" user = x\n");
	write_file("conf.d/b.conf", "backlog = 2\n");
	write_file("conf.d/a.conf", "# a\ninclude 'front.inc'\ngroup = a");
	write_file("conf.d/front.inc", "chroot = /");
	write_file("conf.d/front", "port = 1 # one\n");
	write_file("conf.d/last", "");
	read_file("main");
	assert_string_equal(said, "");
	assert_string_equal(values, "workers=1; backlog=2; chroot=/; user=x; "
	    "group=a; frontend { address=; port=1; } ");
}

static void
test_faults_in_included_files_are_found_there(void **state)
{
	static const struct { const char *text, *included, *says; } rows[] = {
		{ "include x", "\nworkerz = 1", "x:2: workerz: unknown" },
		{ "workers = 1\ninclude x", "\n\nworkers = 2",
		    "x:3: workers: already set at " },
		{ "include x\nuser = 'a", "workers = 1", "main:2: the string" },
		{ "include x", "user = 'a", "x:1: the string" },
		{ "include x\n}", "frontend {", "x:1: frontend: the block" },
		{ "frontend {\ninclude x", "}", "x:1: unmatched \"}\"" },
		{ "include x", "include y", "x:1: include: " },
		{ "\ninclude y", "", "main:2: include: " },
		{ "include x", "include x", "x:1: include: files are nested "
		    "too deeply" },
		{ "include conf.d", "", "main:1: include: " },
		{ "include \"\"", "", "main:1: include: " },
	};
	char says[200];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		write_file("main", rows[i].text);
		write_file("x", rows[i].included);
		read_file("main");
		snprintf(says, sizeof says, "%s/%s", dir, rows[i].says);
		if (strstr(said, says) == NULL)
			fail_msg("row %zu said: %s", i, said);
	}
}

static void
test_a_missing_file_is_no_input(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(read_all("/nowhere/at.all", NULL, 0, &e), -1);
	assert_int_equal(e.kind, ERR_NO_FILE);
	assert_string_equal(e.text,
	    "/nowhere/at.all: No such file or directory");
}

static void
test_endless_files_are_not_read(void **state)
{

	(void)state;
	write_file("main", "include \"/dev/zero\"\n");
	read_file("main");
	assert_non_null(strstr(said, "main:1: include: /dev/zero: the "
	    "configuration is longer than 16777216 bytes"));
	/* Ten deep, each twice the one below: stopped before 2^10 files. */
	write_file("main", "include main include main include main\n");
	read_file("main");
	assert_non_null(strstr(said, "too deeply"));
}

static void
test_nothing_is_too_long_or_too_much(void **state)
{
	static const struct {
		const char *begin, *again;
		int times;
		const char *says;
	} rows[] = {
		{ "user = ", "x", 65536, "" },
		{ "user = ", "x", 65537, "t:1: a word or string is longer "
		    "than 65536 bytes\n" },
		{ "user = '", "x", 65537, "t:1: the string is not" },
		{ "x", "x", 65536, "t:1: a word or string is longer" },
		{ "proxy-tlv = ", "x ", 99, "t:1: proxy-tlv: \"x\"" },
		{ "proxy-tlv = ", "x ", 100000, "t:1: the list is too long: "
		    "100 values or more\n" },
		{ "proxy-tlv = {x", ",x", 100000, "t:1: the list is too long: "
		    "100 values or more\nt:1: the block that begins here is "
		    "not closed\n" },
		{ "", "frontend{}", 4096, "" },
		{ "", "frontend{}", 4097, "t:1: frontend: may be given at "
		    "most 4096 times\n" },
		{ "", "pem-file{}", 100000, "" },
		{ "frontend {", "pem-file=x\n", 100001,
		    "t:100001: pem-file: may be given at most 100000 "
		    "times\n" },
		{ "", "{", 1000000, "t:1: \"{\" instead of an option name\n"
		    "t:1: the block that begins here is not closed\n" },
		{ "", "}", 1000000, "t:1: unmatched \"}\"\n" },
	};
	char *text;
	size_t len;
	FILE *out;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		out = open_memstream(&text, &len);
		assert_non_null(out);
		fputs(rows[i].begin, out);
		for (int n = 0; n < rows[i].times; n++)
			fputs(rows[i].again, out);
		fclose(out);
		read_text(text, len);
		if (rows[i].says[0] == '\0' ? said[0] != '\0' :
		    strncmp(said, rows[i].says, strlen(rows[i].says)) != 0)
			fail_msg("row %zu said: %s", i, said);
		free(text);
	}
}

static void
test_very_many_faults_come_to_an_end(void **state)
{
	char *text = NULL;
	size_t len, lines = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	for (int i = 0; i < 100000; i++)
		fprintf(out, "x%d = 1\n", i);
	fclose(out);
	read_text(text, len);
	for (const char *p = said; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 100);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_every_form_leads_to_its_values),
		cmocka_unit_test(test_what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(test_after_a_fault_the_rest_is_still_read),
		cmocka_unit_test(test_a_nul_byte_is_no_text),
		cmocka_unit_test(test_values_know_their_lines),
		cmocka_unit_test_setup_teardown(test_includes_are_put_in_place,
		    make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    test_faults_in_included_files_are_found_there, make_dir,
		    remove_dir),
		cmocka_unit_test(test_a_missing_file_is_no_input),
		cmocka_unit_test_setup_teardown(
		    test_endless_files_are_not_read, make_dir, remove_dir),
		cmocka_unit_test(test_nothing_is_too_long_or_too_much),
		cmocka_unit_test(test_very_many_faults_come_to_an_end),
	};

	int r = cmocka_run_group_tests(tests, NULL, NULL);

	forget();
	return r;
}
