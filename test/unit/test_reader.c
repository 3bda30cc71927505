/*
 * test_reader.c - any text becomes what libconfuse gets right, or a sentence.
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

/* All diagnostics of one reading, a line each. */
static char said[65536];

static void
say(const char *sentence)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof said - n, "%s\n", sentence);
}

/* Ends a reading: "" or what was wrong is in said. */
static void
tell(struct diagnostics *c)
{
	struct err e;

	said[0] = '\0';
	diagnostics_report(c, say, &e);
}

static void
read_text(struct flat *f, const char *text, size_t len)
{
	struct diagnostics c = { NULL, 0 };

	reader_text(f, "t", text, len, conf_scope, &c);
	tell(&c);
}

static void
test_every_form_becomes_one_that_libconfuse_knows(void **state)
{
	static const struct { const char *text, *flat; } rows[] = {
		{ "", "\n" },
		{ "workers = 4", " workers = '4'\n" },
		{ "workers=4", " workers = '4'\n" },
		{ "\xef\xbb\xbfworkers = 4", " workers = '4'\n" },
		{ "workers = \"4\"\r\n", " workers = '4'\n" },
		{ "workers = '4' # four", " workers = '4'\n" },
		{ "workers = 4 // four", " workers = '4'\n" },
		{ "workers /* how\n many */ = 4", " workers =\n '4'\n" },
		{ "# a\n\n// b\n/* c */ workers = 4 #", " workers = '4'\n" },
		{ "user = \"${HOME}\\n\"", " user = '${HOME}\\\\n'\n" },
		{ "user = \"it's\"", " user = 'it\\'s'\n" },
		{ "user = 'a # \"b\" // c'", " user = 'a # \"b\" // c'\n" },
		{ "chroot = /a//b", " chroot = '/a//b'\n" },
		{ "backend = [::1]:443", " backend = '[::1]:443'\n" },
		{ "workers = 4\nbacklog = 5",
		    " workers = '4'\n backlog = '5'\n" },
		{ "workers = 4 backlog = 5", " workers = '4' backlog = '5'\n" },
		{ "tls-protos = TLSv1.2 TLSv1.3",
		    " tls-protos = { 'TLSv1.2' , 'TLSv1.3' }\n" },
		{ "tls-protos = TLSv1.2 backlog = 5",
		    " tls-protos = { 'TLSv1.2' } backlog = '5'\n" },
		{ "tls-protos = TLSv1.2\nbacklog = 5",
		    " tls-protos = { 'TLSv1.2' }\n backlog = '5'\n" },
		{ "alpn-protos = h2,http/1.1",
		    " alpn-protos = { 'h2' , 'http/1.1' }\n" },
		{ "alpn-protos = \"h2, http/1.1\"",
		    " alpn-protos = { 'h2, http/1.1' }\n" },
		{ "alpn-protos = {\"h2\",\n\"http/1.1\" }",
		    " alpn-protos = { 'h2' ,\n 'http/1.1' }\n" },
		{ "alpn-protos = { }", " alpn-protos = { '' }\n" },
		{ "openssl-conf = A:b\nopenssl-conf = C:d",
		    " openssl-conf += { 'A:b' }\n"
		    " openssl-conf += { 'C:d' }\n" },
		{ "frontend = \"[*]:443\"",
		    " frontend { address = '[*]:443' }\n" },
		{ "frontend = {\n port = 443\n}",
		    " frontend { address = ''\n port = '443'\n }\n" },
		{ "frontend { }", " frontend { address = '' }\n" },
		{ "frontend\n{\n}", " frontend { address = ''\n }\n" },
		{ "frontend \"web\" { }",
		    " frontend { address = '' name = 'web' }\n" },
		{ "frontend web { }",
		    " frontend { address = '' name = 'web' }\n" },
		{ "frontend = \"web\" { }",
		    " frontend { address = '' name = 'web' }\n" },
		{ "pem-file = \"a\"\npem-file = 'b'",
		    " pem-file { cert = 'a' }\n pem-file { cert = 'b' }\n" },
		{ "pem-file = { cert = a private-key = b }",
		    " pem-file { cert = '' cert = 'a' private-key = 'b' }\n" },
		{ "pem-file \"a\" { private-key = b }",
		    " pem-file { cert = '' cert = 'a' private-key = 'b' }\n" },
		{ "pem-file = \"\"\nworkers = 4", " workers = '4'\n" },
		{ "frontend { pem-file = a }",
		    " frontend { address = '' pem-file { cert = 'a' } }\n" },
	};
	struct flat f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		read_text(&f, rows[i].text, strlen(rows[i].text));
		if (said[0] != '\0')
			fail_msg("row %zu: %s", i, said);
		assert_string_equal(f.text, rows[i].flat);
		flat_free(&f);
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
	};
	struct flat f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		read_text(&f, rows[i].text, strlen(rows[i].text));
		if (strstr(said, rows[i].says) == NULL)
			fail_msg("row %zu said: %s", i, said);
		flat_free(&f);
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
	struct flat f;

	(void)state;
	read_text(&f, text, strlen(text));
	assert_string_equal(said,
	    "t:1: nothing: unknown option\n"
	    "t:3: hosst: unknown option; did you mean host?\n"
	    "t:4: worker: unknown option; did you mean workers?\n"
	    "t:5: user: no value on this line\n"
	    "t:6: group: already set at t:6\n");
	assert_non_null(strstr(f.text, "workers = '4'"));
	assert_non_null(strstr(f.text, "port = '443' }"));
	assert_non_null(strstr(f.text, "backlog = '5'"));
	assert_non_null(strstr(f.text, "keepalive = '6'"));
	flat_free(&f);
}

static void
test_a_nul_byte_is_no_text(void **state)
{
	static const char text[] = "workers = 4\nuser = a\0b\nbacklog = 5\n";
	struct flat f;

	(void)state;
	read_text(&f, text, sizeof text - 1);
	assert_string_equal(said, "t:2: NUL byte: this is not a text file\n");
	flat_free(&f);
	read_text(&f, "user = 'a\0b'\n", 13);
	assert_string_equal(f.text, " user = ''\n");
	assert_string_equal(said, "t:1: unexpected control character\n");
	flat_free(&f);
}

/* Each flat line is looked up, and the token on it is where it was. */
static void
test_lines_are_found_again(void **state)
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
	    "}\n"
	    "user = x # ten";
	static const struct { const char *token, *where; } rows[] = {
		{ "workers", "t:3" }, { "frontend", "t:5" },
		{ "address", "t:5" }, { "'444'", "t:8" }, { "}", "t:9" },
		{ "user", "t:10" },
	};
	char out[PLACE_TEXT];
	struct flat f;
	const char *at;
	unsigned line;

	(void)state;
	read_text(&f, text, strlen(text));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		at = strstr(f.text, rows[i].token);
		assert_non_null(at);
		for (line = 1; at > f.text; at--)
			line += at[-1] == '\n';
		assert_string_equal(flat_where(&f, line, out, sizeof out),
		    rows[i].where);
	}
	flat_free(&f);
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
read_file(struct flat *f, const char *name)
{
	struct diagnostics c = { NULL, 0 };
	char path[200];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	reader_file(f, path, conf_scope, &c);
	tell(&c);
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
	struct flat f;

	(void)state;
	write_file("main", "workers = 1\ninclude(\"conf.d/*.conf\")\n"
	    "frontend {\ninclude \"conf.d/front\"\n}\ninclude('none/*')\n"
	    "include = \"conf.d/last\" user = x\n");
	write_file("conf.d/b.conf", "backlog = 2\n");
	write_file("conf.d/a.conf", "# a\ninclude 'front.inc'\ngroup = a");
	write_file("conf.d/front.inc", "chroot = /");
	write_file("conf.d/front", "port = 1 # one\n");
	write_file("conf.d/last", "");
	read_file(&f, "main");
	assert_string_equal(said, "");
	assert_string_equal(f.text, " workers = '1'\n chroot = '/'\n"
	    " group = 'a'\n backlog = '2'\n frontend { address = ''\n"
	    " port = '1'\n }\n user = 'x'\n");
	flat_free(&f);
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
	struct flat f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		write_file("main", rows[i].text);
		write_file("x", rows[i].included);
		read_file(&f, "main");
		snprintf(says, sizeof says, "%s/%s", dir, rows[i].says);
		if (strstr(said, says) == NULL)
			fail_msg("row %zu said: %s", i, said);
		flat_free(&f);
	}
}

static void
test_a_missing_file_is_no_input(void **state)
{
	struct diagnostics c = { NULL, 0 };
	struct err e;
	struct flat f;

	(void)state;
	assert_int_equal(reader_file(&f, "/nowhere/at.all", conf_scope, &c),
	    -1);
	assert_int_equal(diagnostics_report(&c, say, &e), -1);
	assert_int_equal(e.kind, ERR_NO_FILE);
	assert_string_equal(e.text,
	    "/nowhere/at.all: No such file or directory");
	flat_free(&f);
}

static void
test_endless_files_are_not_read(void **state)
{
	struct flat f;

	(void)state;
	write_file("main", "include \"/dev/zero\"\n");
	read_file(&f, "main");
	assert_non_null(strstr(said, "main:1: include: /dev/zero: the "
	    "configuration is longer than 16777216 bytes"));
	flat_free(&f);
	/* Ten deep, each twice the one below: stopped before 2^10 files. */
	write_file("main", "include main include main include main\n");
	read_file(&f, "main");
	assert_non_null(strstr(said, "too deeply"));
	flat_free(&f);
}

/* Whatever is long or many without sense is not given to libconfuse. */
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
		{ "proxy-tlv = ", "x ", 99, "" },
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
	struct flat f;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		out = open_memstream(&text, &len);
		assert_non_null(out);
		fputs(rows[i].begin, out);
		for (int n = 0; n < rows[i].times; n++)
			fputs(rows[i].again, out);
		fclose(out);
		read_text(&f, text, len);
		if (rows[i].says[0] == '\0' ? said[0] != '\0' :
		    strncmp(said, rows[i].says, strlen(rows[i].says)) != 0)
			fail_msg("row %zu said: %s", i, said);
		flat_free(&f);
		free(text);
	}
}

static void
test_very_many_faults_come_to_an_end(void **state)
{
	char *text = NULL;
	size_t len, lines = 0;
	FILE *out = open_memstream(&text, &len);
	struct flat f;

	(void)state;
	for (int i = 0; i < 100000; i++)
		fprintf(out, "x%d = 1\n", i);
	fclose(out);
	read_text(&f, text, len);
	for (const char *p = said; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 100);
	flat_free(&f);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_every_form_becomes_one_that_libconfuse_knows),
		cmocka_unit_test(test_what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(test_after_a_fault_the_rest_is_still_read),
		cmocka_unit_test(test_a_nul_byte_is_no_text),
		cmocka_unit_test(test_lines_are_found_again),
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

	return cmocka_run_group_tests(tests, NULL, NULL);
}
