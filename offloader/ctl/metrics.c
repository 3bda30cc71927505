/*
 * metrics.c - what "stats" answers, to be calculated with.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/metrics.h"

/* NAME[{LABELS}] VALUE; the line is cut into pieces. */
static bool
read_line(struct metric *f, char *line)
{
	char *space = strrchr(line, ' '), *open, *end;

	if (*line == '#' || space == NULL)
		return false;
	*space = '\0';
	f->value = strtod(space + 1, &end);
	if (end == space + 1 || *end != '\0')
		return false;
	f->name = line;
	f->labels = "";
	if ((open = strchr(line, '{')) == NULL)
		return true;
	if (space[-1] != '}')
		return false;
	space[-1] = *open = '\0';
	f->labels = open + 1;
	return true;
}

static size_t
count_lines(const char *text)
{
	size_t n = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		n++;
	return n;
}

int
metrics_read(struct metrics *f, char *text)
{
	char *line = text, *end;

	*f = (struct metrics){ .text = text };
	f->all = calloc(count_lines(text) + 1, sizeof *f->all);
	if (f->all == NULL)
		return -1;
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		f->n += read_line(&f->all[f->n], line);
	}
	return 0;
}

void
metrics_clear(struct metrics *f)
{
	free(f->all);
	free(f->text);
	*f = (struct metrics){ 0 };
}

const struct metric *
metrics_next(const struct metrics *f, const char *name, size_t *at)
{
	while (*at < f->n) {
		const struct metric *one = &f->all[(*at)++];

		if (strcmp(one->name, name) == 0)
			return one;
	}
	return NULL;
}

double
metrics_sum(const struct metrics *f, const char *name, const char *label,
    const char *value)
{
	const struct metric *one;
	char has[64];
	double sum = 0;
	size_t at = 0;

	while ((one = metrics_next(f, name, &at)) != NULL)
		if (label == NULL || strcmp(metric_label(one, label, has,
		    sizeof has), value) == 0)
			sum += one->value;
	return sum;
}

double
metrics_before(const struct metrics *f, const struct metric *now)
{
	const struct metric *one;
	size_t at = 0;

	while ((one = metrics_next(f, now->name, &at)) != NULL)
		if (strcmp(one->labels, now->labels) == 0)
			return one->value;
	return 0;
}

double
metrics_quantile(const struct metrics *now, const struct metrics *before,
    const char *name, double share)
{
	char bucket[128], count[128], bound[32];
	const struct metric *one;
	double came;
	size_t at = 0;

	snprintf(bucket, sizeof bucket, "%s_bucket", name);
	snprintf(count, sizeof count, "%s_count", name);
	came = metrics_sum(now, count, NULL, NULL) -
	    metrics_sum(before, count, NULL, NULL);
	if (came <= 0)
		return 0;
	while ((one = metrics_next(now, bucket, &at)) != NULL)
		if (one->value - metrics_before(before, one) >= share * came)
			return strtod(metric_label(one, "le", bound,
			    sizeof bound), NULL);
	return INFINITY;
}

/* Past NAME="VALUE" and a comma; what stands between the quotes is found. */
static const char *
next_label(const char *at, const char **value, size_t *len)
{
	const char *end;

	if ((at = strchr(at, '"')) == NULL)
		return NULL;
	for (end = at + 1; *end != '"'; end++) {
		end += *end == '\\';
		if (*end == '\0')
			return NULL;
	}
	*value = at + 1;
	*len = (size_t)(end - *value);
	return end + (end[1] == ',') + 1;
}

char *
metric_label(const struct metric *f, const char *label, char *out, size_t size)
{
	size_t name = strlen(label), len = 0, n = 0;
	const char *at = f->labels, *value = "", *next;

	for (; (next = next_label(at, &value, &len)) != NULL; at = next)
		if (strncmp(at, label, name) == 0 && at[name] == '=')
			break;
	for (size_t i = 0; next != NULL && i < len && n + 1 < size; i++) {
		i += value[i] == '\\' && i + 1 < len;
		out[n++] = value[i];
	}
	out[n] = '\0';
	return out;
}
