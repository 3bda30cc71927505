/*
 * status.c - what there is to say of a master: to people and to programs.
 */
#include <string.h>
#include <unistd.h>

#include "log/log.h"
#include "master/status.h"

const char *
report_state(const struct report *r)
{
	if (r->succession->ending)
		return "draining";
	if (r->upgrading)
		return "upgrading";
	if (r->succession->coming != NULL)
		return r->succession->current == NULL ? "starting" :
		    "reloading";
	return "serving";
}

size_t
report_running(const struct generation *g)
{
	size_t n = 0;

	for (size_t i = 0; g != NULL && i < g->n_workers; i++)
		n += g->worker[i].ready;
	return n;
}

unsigned
report_old(const struct succession *s)
{
	const struct generation *g;
	unsigned n = 0;

	TAILQ_FOREACH(g, &s->all, entry)
		n += g != s->current && g != s->coming;
	return n;
}

static unsigned
number(const struct generation *g)
{
	return g != NULL ? g->number : 0;
}

/* "last reload failed at TIME: SENTENCE"; what was not is not told. */
static int
put_outcome(const char *what, const struct outcome *o, char *out, size_t size)
{
	char when[OUTCOME_TIME];

	if (o->kind == OUTCOME_NONE || size == 0)
		return 0;
	return snprintf(out, size, "; %s of %s %s%s%s", what,
	    outcome_time(o->when, when, sizeof when), outcome_word(o),
	    *o->sentence != '\0' ? ": " : "", o->sentence);
}

char *
report_line(const struct report *r, char *out, size_t size)
{
	const struct generation *g = r->succession->current;
	size_t n = (size_t)snprintf(out, size, "%s: generation %u, "
	    "%zu workers", report_state(r), number(g), report_running(g));

	if (n < size)
		n += (size_t)put_outcome("reload", r->reload, out + n,
		    size - n);
	if (n < size)
		put_outcome("upgrade", r->upgrade, out + n, size - n);
	return out;
}

/* ------------------------------------------------- JSON ----------------- */

void
report_string(const char *text, FILE *out)
{
	char clean[2048];

	putc('"', out);
	/* No control byte is left by it, and whole letters only. */
	log_escape(clean, sizeof clean, text, strlen(text));
	for (const char *c = clean; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			putc('\\', out);
		putc(*c, out);
	}
	putc('"', out);
}

void
report_outcome(const struct outcome *o, FILE *out)
{
	char when[OUTCOME_TIME];

	if (o->kind == OUTCOME_NONE) {
		fputs("null", out);
		return;
	}
	fprintf(out, "{\"time\": \"%s\", \"outcome\": \"%s\", "
	    "\"generation\": %u, \"sentence\": ",
	    outcome_time(o->when, when, sizeof when), outcome_word(o),
	    o->generation);
	report_string(o->sentence, out);
	putc('}', out);
}

static const char *
sandbox_of(const struct generation *g, char *out, size_t size)
{
	return g == NULL ? "" : generation_sandbox(g, out, size);
}

static void
json_status(const struct report *r, FILE *out)
{
	const struct succession *s = r->succession;
	char when[OUTCOME_TIME], sandbox[SANDBOX_TEXT];

	fputs("{\"version\": ", out);
	report_string(r->version, out);
	fprintf(out, ", \"pid\": %ld, \"started\": \"%s\", \"state\": \"%s\", "
	    "\"generation\": %u, \"workers\": %zu, \"old_generations\": %u, "
	    "\"reloads\": %u, \"reload\": ", (long)getpid(),
	    outcome_time(r->started, when, sizeof when), report_state(r),
	    number(s->current), report_running(s->current), report_old(s),
	    r->reload->settled);
	report_outcome(r->reload, out);
	fputs(", \"upgrade\": ", out);
	report_outcome(r->upgrade, out);
	fputs(", \"sandbox\": ", out);
	report_string(sandbox_of(s->current, sandbox, sizeof sandbox), out);
	fputs("}\n", out);
}

/* ------------------------------------------------- text ----------------- */

static void
text_outcome(const char *what, const struct outcome *o, FILE *out)
{
	char when[OUTCOME_TIME];

	if (o->kind == OUTCOME_NONE)
		fprintf(out, "%s: none\n", what);
	else
		fprintf(out, "%s: %s at %s%s%s\n", what, outcome_word(o),
		    outcome_time(o->when, when, sizeof when),
		    *o->sentence != '\0' ? ": " : "", o->sentence);
}

void
report_status(const struct report *r, bool json, FILE *out)
{
	const struct succession *s = r->succession;
	char when[OUTCOME_TIME], sandbox[SANDBOX_TEXT];

	if (json) {
		json_status(r, out);
		return;
	}
	fprintf(out, "offloader %s, process %ld, started %s\n", r->version,
	    (long)getpid(), outcome_time(r->started, when, sizeof when));
	fprintf(out, "%s: generation %u, %zu workers; %u old generations\n",
	    report_state(r), number(s->current), report_running(s->current),
	    report_old(s));
	text_outcome("last reload", r->reload, out);
	text_outcome("last upgrade", r->upgrade, out);
	fprintf(out, "sandbox: %s\n",
	    sandbox_of(s->current, sandbox, sizeof sandbox));
}

const char *
report_worker_state(const struct succession *s, const struct generation *g,
    const struct proc *p)
{
	if (p->pid == 0)
		return "ended";
	if (g->old != 0)
		return "draining";
	return p->ready && g == s->current ? "serving" : "starting";
}

static void
one_worker(const struct succession *s, const struct generation *g,
    const struct proc *p, bool json, FILE *out)
{
	fprintf(out, json ? "{\"generation\": %u, \"worker\": %u, "
	    "\"pid\": %ld, \"state\": \"%s\"}" :
	    "generation %u worker %u: process %ld, %s\n", g->number,
	    p->number, (long)p->pid, report_worker_state(s, g, p));
}

void
report_workers(const struct report *r, bool json, FILE *out)
{
	const struct succession *s = r->succession;
	const struct generation *g;
	const char *between = "[";

	TAILQ_FOREACH(g, &s->all, entry)
		for (size_t i = 0; i < g->n_workers; i++) {
			if (json)
				fputs(between, out);
			one_worker(s, g, &g->worker[i], json, out);
			between = ",\n ";
		}
	if (json)
		fputs(*between == '[' ? "[]\n" : "]\n", out);
}
