/*
 * flat.c - one text out of many files, that knows where each line came from.
 *
 * A new line begins whenever the source's line changes, so libconfuse's count
 * of lines is an index into ours.
 */
#include <stdlib.h>
#include <string.h>

#include "config/flat.h"

/* Arrays grow when their length is a power of two. */
static int
grow(void *arrayp, size_t n, size_t size)
{
	void **array = arrayp, *grown;

	if ((n & (n - 1)) != 0)
		return 0;
	grown = reallocarray(*array, n > 0 ? 2 * n : 1, size);
	if (grown == NULL)
		return -1;
	*array = grown;
	return 0;
}

int
flat_begin(struct flat *f)
{
	*f = (struct flat){ 0 };
	f->out = open_memstream(&f->text, &f->len);
	return f->out != NULL ? 0 : -1;
}

unsigned
flat_file(struct flat *f, const char *name)
{
	char *copy = strdup(name);

	if (copy == NULL ||
	    grow(&f->files, f->n_files, sizeof *f->files) != 0) {
		free(copy);
		f->failed = true;
		return 0;
	}
	f->files[f->n_files] = copy;
	return (unsigned)f->n_files++;
}

unsigned
flat_at(struct flat *f, unsigned file, unsigned line)
{
	const struct flat_line *last;

	if (f->n_lines > 0) {
		last = &f->lines[f->n_lines - 1];
		if (last->file == file && last->line == line)
			return (unsigned)f->n_lines;
	}
	if (grow(&f->lines, f->n_lines, sizeof *f->lines) != 0) {
		f->failed = true;
		return (unsigned)f->n_lines;
	}
	if (f->n_lines > 0)
		putc('\n', f->out);
	f->lines[f->n_lines++] = (struct flat_line){ file, line };
	return (unsigned)f->n_lines;
}

void
flat_put(struct flat *f, const char *token)
{
	fprintf(f->out, " %s", token);
}

/* In single quotes libconfuse knows only two escapes. */
void
flat_quote(struct flat *f, const char *bytes, size_t len)
{
	fputs(" '", f->out);
	for (; len > 0; bytes++, len--) {
		if (*bytes == '\'' || *bytes == '\\')
			putc('\\', f->out);
		putc(*bytes, f->out);
	}
	putc('\'', f->out);
}

int
flat_end(struct flat *f)
{
	putc('\n', f->out);
	if (ferror(f->out))
		f->failed = true;
	/* Without memory glibc's fclose() is content, but there is no text. */
	if (fclose(f->out) != 0 || f->text == NULL)
		f->failed = true;
	f->out = NULL;
	return f->failed ? -1 : 0;
}

char *
flat_where(const struct flat *f, unsigned flat_line, char *out, size_t size)
{
	const struct flat_line *l;

	/* libconfuse may have read the last newline already. */
	if (flat_line > f->n_lines)
		flat_line = (unsigned)f->n_lines;
	if (flat_line == 0 || f->n_files == 0) {
		snprintf(out, size, "configuration");
		return out;
	}
	l = &f->lines[flat_line - 1];
	snprintf(out, size, "%s:%u", f->files[l->file], l->line);
	return out;
}

void
flat_free(struct flat *f)
{
	if (f->out != NULL)
		fclose(f->out);
	for (size_t i = 0; i < f->n_files; i++)
		free(f->files[i]);
	free(f->files);
	free(f->lines);
	free(f->text);
	*f = (struct flat){ 0 };
}
