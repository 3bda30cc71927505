/*
 * status.c - the status of the master: as text, as JSON, as a snapshot.
 */
#include <string.h>
#include <unistd.h>

#include "log/json.h"
#include "log/log_line.h"
#include "master/status.h"

static char *
time_text(time_t t, char out[LOG_TIME])
{
	return log_time(&(struct timespec){ .tv_sec = t }, false, out);
}

const char *
status_state(const struct master_status *r)
{
	if (r->generations->ending)
		return "draining";
	if (r->upgrading)
		return "upgrading";
	if (r->generations->coming != NULL)
		return r->generations->current == NULL ? "starting" :
		    "reloading";
	return "serving";
}

static bool
is_worker(const struct proc *p)
{
	return (p->role->needs & CHILD_NEEDS_LISTENERS) != 0;
}

size_t
status_running(const struct generation *g)
{
	size_t n = 0;

	for (size_t i = 0; g != NULL && i < g->n_children; i++)
		n += is_worker(&g->child[i]) && g->child[i].ready;
	return n;
}

unsigned
status_old(const struct generations *s)
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

/* "; reload of TIME failed: MESSAGE", or nothing if there was none. */
static int
put_result(const char *what, const struct result *o, char *out, size_t size)
{
	char when[LOG_TIME];

	if (o->kind == RESULT_NONE || size == 0)
		return 0;
	return snprintf(out, size, "; %s of %s %s%s%s", what,
	    time_text(o->when, when), result_word(o),
	    *o->sentence != '\0' ? ": " : "", o->sentence);
}

char *
status_line(const struct master_status *r, char *out, size_t size)
{
	const struct generation *g = r->generations->current;
	size_t n = (size_t)snprintf(out, size, "%s: generation %u, "
	    "%zu workers", status_state(r), number(g), status_running(g));

	if (n < size)
		n += (size_t)put_result("reload", r->reload, out + n,
		    size - n);
	if (n < size)
		put_result("upgrade", r->upgrade, out + n, size - n);
	return out;
}

/* ------------------------------------------------- JSON ----------------- */

static void
put_object(struct json *j, const char *name, const struct result *o)
{
	char when[LOG_TIME];

	if (o->kind == RESULT_NONE) {
		json_null(j, name);
		return;
	}
	json_object(j, name);
	json_string(j, "time", time_text(o->when, when));
	json_string(j, "outcome", result_word(o));
	json_number(j, "generation", o->generation);
	json_string(j, "sentence", o->sentence);
	json_end(j);
}

void
status_result(const struct result *o, FILE *out)
{
	put_object(&(struct json){ .out = out }, NULL, o);
}

static const char *
sandbox_of(const struct generation *g, char *out, size_t size)
{
	return g == NULL ? "" : generation_sandbox_text(g, out, size);
}

static void
json_status(const struct master_status *r, FILE *out)
{
	const struct generations *s = r->generations;
	char when[LOG_TIME], sandbox[SANDBOX_TEXT];
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_string(&j, "version", r->version);
	json_number(&j, "pid", getpid());
	json_string(&j, "started", time_text(r->started, when));
	json_string(&j, "state", status_state(r));
	json_number(&j, "generation", number(s->current));
	json_number(&j, "workers", (long long)status_running(s->current));
	json_number(&j, "old_generations", status_old(s));
	json_number(&j, "reloads", r->reload->settled);
	put_object(&j, "reload", r->reload);
	put_object(&j, "upgrade", r->upgrade);
	json_string(&j, "sandbox", sandbox_of(s->current, sandbox,
	    sizeof sandbox));
	json_end(&j);
	putc('\n', out);
}

/* ------------------------------------------------- text ----------------- */

static void
text_result(const char *what, const struct result *o, FILE *out)
{
	char when[LOG_TIME];

	if (o->kind == RESULT_NONE)
		fprintf(out, "%s: none\n", what);
	else
		fprintf(out, "%s: %s at %s%s%s\n", what, result_word(o),
		    time_text(o->when, when),
		    *o->sentence != '\0' ? ": " : "", o->sentence);
}

void
status_write(const struct master_status *r, bool json, FILE *out)
{
	const struct generations *s = r->generations;
	char when[LOG_TIME], sandbox[SANDBOX_TEXT];

	if (json) {
		json_status(r, out);
		return;
	}
	fprintf(out, "offloader %s, process %ld, started %s\n", r->version,
	    (long)getpid(), time_text(r->started, when));
	fprintf(out, "%s: generation %u, %zu workers; %u old generations\n",
	    status_state(r), number(s->current), status_running(s->current),
	    status_old(s));
	text_result("last reload", r->reload, out);
	text_result("last upgrade", r->upgrade, out);
	fprintf(out, "sandbox: %s\n",
	    sandbox_of(s->current, sandbox, sizeof sandbox));
}

const char *
status_worker_state(const struct generations *s, const struct generation *g,
    const struct proc *p)
{
	if (p->pid == 0)
		return "ended";
	if (g->old != 0)
		return "draining";
	return p->ready && g == s->current ? "serving" : "starting";
}

static void
json_worker(struct json *j, const struct generation *g, const struct proc *p,
    const char *state)
{
	json_object(j, NULL);
	json_number(j, "generation", g->number);
	json_number(j, "worker", p->number);
	json_number(j, "pid", p->pid);
	json_string(j, "state", state);
	json_end(j);
}

void
status_workers(const struct master_status *r, bool json, FILE *out)
{
	const struct generations *s = r->generations;
	struct json j = { .out = out };
	const struct generation *g;

	if (json)
		json_array(&j, NULL);
	TAILQ_FOREACH(g, &s->all, entry)
		for (size_t i = 0; i < g->n_children; i++) {
			const struct proc *p = &g->child[i];
			const char *state = status_worker_state(s, g, p);

			if (!is_worker(p))
				continue;
			if (json)
				json_worker(&j, g, p, state);
			else
				fprintf(out, "generation %u worker %u: "
				    "process %ld, %s\n", g->number, p->number,
				    (long)p->pid, state);
		}
	if (json) {
		json_end(&j);
		putc('\n', out);
	}
}

/* ------------------------------------------------- snapshot ------------- */

static struct snapshot_result
result_of(const struct result *o)
{
	return (struct snapshot_result){ .when = o->when, .kind = o->kind,
	    .generation = o->generation };
}

static void
fill_workers(struct snapshot_view *v, const struct generations *s)
{
	const struct generation *g;
	uint32_t n = 0;

	TAILQ_FOREACH(g, &s->all, entry)
		for (size_t i = 0; i < g->n_children && n < SNAPSHOT_WORKERS;
		    i++) {
			const struct proc *p = &g->child[i];
			struct snapshot_worker *w = &v->worker[n];

			if (!is_worker(p))
				continue;
			n++;
			w->generation = g->number;
			w->number = p->number;
			w->pid = p->pid;
			snprintf(w->state, sizeof w->state, "%s",
			    status_worker_state(s, g, p));
		}
	v->head.named = n;
}

void
status_snapshot(const struct master_status *r, struct snapshot_view *v)
{
	const struct generations *s = r->generations;
	struct snapshot_head *h = &v->head;

	/* Padding is compared as well. */
	memset(v, 0, sizeof *v);
	snprintf(h->state, sizeof h->state, "%s", status_state(r));
	snprintf(h->version, sizeof h->version, "%s", r->version);
	h->started = r->started;
	h->pid = getpid();
	h->old = status_old(s);
	if (s->current != NULL) {
		h->generation = s->current->number;
		h->workers = (uint32_t)s->current->n_workers;
		h->ready = (uint32_t)status_running(s->current);
	}
	h->reloads = r->reload->settled;
	h->failed = r->reload->failed;
	h->reload = result_of(r->reload);
	h->upgrade = result_of(r->upgrade);
	snprintf(v->reload, sizeof v->reload, "%s", r->reload->sentence);
	snprintf(v->upgrade, sizeof v->upgrade, "%s", r->upgrade->sentence);
	fill_workers(v, s);
}
