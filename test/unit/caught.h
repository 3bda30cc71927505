/*
 * caught.h - what the log is told while a test looks.
 */
#ifndef TEST_CAUGHT_H
#define TEST_CAUGHT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "folder.h"
#include "log/log.h"

/* From now on, in a file of the folder; nothing goes to stderr. */
static inline void
caught_begin(struct folder *f, int level)
{
	struct log_sink sink = { .level = level, .quiet = true,
	    .file = folder_file(f, "log") };
	struct err e;

	unlink(f->file);
	assert_int_equal(log_open(&sink, &e), 0);
}

/* All lines since then, with their heads: until the next call. */
static inline const char *
caught_lines(struct folder *f)
{
	static char text[1 << 14];
	FILE *in = fopen(folder_file(f, "log"), "r");
	size_t n;

	assert_non_null(in);
	n = fread(text, 1, sizeof text - 1, in);
	assert_true(n < sizeof text - 1);	/* or it is too much for it */
	text[n] = '\0';
	fclose(in);
	return text;
}

#endif
