/*
 * view.c - what top shows of two looks at the same offloader.
 */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "ctl/view.h"

#define KINDS	5	/* of handshakes that are shown */
#define REASONS	10
#define CERTS	5
#define DAY	86400.0

/* One of several that share a name, and how much it grew. */
struct part {
	const struct metric *figure;
	double rate;
};

void
view_update(struct view *p, char *status, const struct metrics *f, double time)
{
	free(p->status);
	metrics_clear(&p->before);
	p->before = p->now;
	p->since = p->at;
	p->now = *f;
	p->status = status;
	p->at = time;
	p->looks++;
}

void
view_clear(struct view *p)
{
	free(p->status);
	metrics_clear(&p->before);
	metrics_clear(&p->now);
	*p = (struct view){ 0 };
}

/* A counter that is smaller than before was reset, as by a restart. */
static double
rate(const struct view *p, double now, double before)
{
	double seconds = p->at - p->since;

	return now > before && seconds > 0 ? (now - before) / seconds : 0;
}

static double
sum(const struct view *p, const char *name)
{
	return metrics_sum(&p->now, name, NULL, NULL);
}

static double
rate_of(const struct view *p, const char *name, const char *label,
    const char *value)
{
	return rate(p, metrics_sum(&p->now, name, label, value),
	    metrics_sum(&p->before, name, label, value));
}

/* "1.2 MB/s" */
static char *
bytes(double rate, char out[32])
{
	static const char units[] = " kMGTP";
	size_t i = 0;

	for (; rate >= 1000 && units[i + 1] != '\0'; i++)
		rate /= 1000;
	if (i == 0)
		snprintf(out, 32, "%.0f B/s", rate);
	else
		snprintf(out, 32, "%.1f %cB/s", rate, units[i]);
	return out;
}

/* "2.5 ms"; a bound of a histogram, so a little more than it was. */
static char *
time_text(double seconds, char out[32])
{
	if (seconds == 0)
		snprintf(out, 32, "-");
	else if (isinf(seconds))
		snprintf(out, 32, "more than 10 s");
	else if (seconds < 1)
		snprintf(out, 32, "%g ms", seconds * 1000);
	else
		snprintf(out, 32, "%g s", seconds);
	return out;
}

static void
put_times(const struct view *p, const char *name, FILE *out)
{
	char half[32], most[32];

	fprintf(out, "half within %s, 99%% within %s\n",
	    time_text(metrics_quantile(&p->now, &p->before, name, 0.5), half),
	    time_text(metrics_quantile(&p->now, &p->before, name, 0.99), most));
}

static int
by_rate(const void *a, const void *b)
{
	const struct part *one = a, *other = b;

	if (one->rate != other->rate)
		return one->rate > other->rate ? -1 : 1;
	return one->figure->value > other->figure->value ? -1 :
	    one->figure->value < other->figure->value;
}

static int
by_value(const void *a, const void *b)
{
	const struct part *one = a, *other = b;

	return one->figure->value < other->figure->value ? -1 :
	    one->figure->value > other->figure->value;
}

/* All of a name that are not 0, in order. To be freed; NULL: no memory. */
static struct part *
parts(const struct view *p, const char *name,
    int (*order)(const void *, const void *), size_t *n)
{
	const struct metric *f;
	struct part *all;
	size_t at = 0;

	for (*n = 0; metrics_next(&p->now, name, &at) != NULL;)
		++*n;
	if ((all = calloc(*n + 1, sizeof *all)) == NULL)
		return NULL;
	for (*n = at = 0; (f = metrics_next(&p->now, name, &at)) != NULL;)
		if (f->value != 0)
			all[(*n)++] = (struct part){ f, order == by_rate ?
			    rate(p, f->value, metrics_before(&p->before, f)) :
			    0 };
	qsort(all, *n, sizeof *all, order);
	return all;
}

static void
put_kinds(const struct view *p, FILE *out)
{
	char version[16], cipher[64], group[32], resumed[8];
	size_t n;
	struct part *all = parts(p, "offloader_handshakes_total", by_rate, &n);

	for (size_t i = 0; all != NULL && i < n && i < KINDS; i++) {
		const struct metric *f = all[i].figure;

		metric_label(f, "resumed", resumed, sizeof resumed);
		fprintf(out, "  %9.1f/s  %s %s %s%s\n", all[i].rate,
		    metric_label(f, "version", version, sizeof version),
		    metric_label(f, "cipher", cipher, sizeof cipher),
		    metric_label(f, "group", group, sizeof group),
		    strcmp(resumed, "true") == 0 ? ", resumed" : "");
	}
	free(all);
}

static void
put_reasons(const struct view *p, FILE *out)
{
	char reason[64];
	size_t n;
	struct part *all = parts(p, "offloader_connections_ended_total",
	    by_rate, &n);

	if (n > 0)
		fputs("\nended by\n", out);
	for (size_t i = 0; all != NULL && i < n && i < REASONS; i++)
		fprintf(out, "  %9.1f/s  %-16s %.0f in all\n", all[i].rate,
		    metric_label(all[i].figure, "reason", reason,
		    sizeof reason), all[i].figure->value);
	free(all);
}

static void
put_certificates(const struct view *p, FILE *out)
{
	char file[256], name[256];
	double today = (double)time(NULL);
	size_t n;
	struct part *all = parts(p, "offloader_certificate_not_after_seconds",
	    by_value, &n);

	if (n > 0)
		fprintf(out, "\ncertificates: %zu; the next to expire\n", n);
	for (size_t i = 0; all != NULL && i < n && i < CERTS; i++) {
		double days = (all[i].figure->value - today) / DAY;

		metric_label(all[i].figure, "file", file, sizeof file);
		metric_label(all[i].figure, "name", name, sizeof name);
		if (days < 0)
			fprintf(out, "    EXPIRED    %s  %s\n", name, file);
		else
			fprintf(out, "  %6.0f days  %s  %s\n", floor(days),
			    name, file);
	}
	free(all);
}

static void
put_traffic(const struct view *p, FILE *out)
{
	char in[32], up[32];

	fprintf(out, "connections  %.0f active, %.1f/s begin, %.1f/s end\n",
	    sum(p, "offloader_connections_active"),
	    rate_of(p, "offloader_connections_total", NULL, NULL),
	    rate_of(p, "offloader_connections_ended_total", NULL, NULL));
	fprintf(out, "traffic      %s from clients, %s to them\n",
	    bytes(rate_of(p, "offloader_client_bytes_total", "direction",
	    "in"), in), bytes(rate_of(p, "offloader_client_bytes_total",
	    "direction", "out"), up));
	fprintf(out, "backend      %.1f/s connects, %.1f/s fail; ",
	    rate_of(p, "offloader_backend_connects_total", NULL, NULL),
	    rate_of(p, "offloader_backend_connect_failures_total", NULL,
	    NULL));
	put_times(p, "offloader_backend_connect_seconds", out);
	fprintf(out, "handshakes   %.1f/s full, %.1f/s resumed; ",
	    rate_of(p, "offloader_handshakes_total", "resumed", "false"),
	    rate_of(p, "offloader_handshakes_total", "resumed", "true"));
	put_times(p, "offloader_handshake_seconds", out);
}

static void
put_processes(const struct view *p, FILE *out)
{
	double lag = sum(p, "offloader_loop_lag_seconds");

	fprintf(out, "workers      %.0f serve, %.0f drain; %.0f restarts; "
	    "at most %.1f ms late\n", sum(p, "offloader_workers"),
	    sum(p, "offloader_workers_draining"),
	    sum(p, "offloader_worker_restarts_total"), lag * 1000);
}

char *
view_text(const struct view *p)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	fprintf(out, "%s\n", p->status);
	if (p->looks < 2)
		fputs("The next look will have something to compare with.\n",
		    out);
	else {
		put_processes(p, out);
		put_traffic(p, out);
		put_kinds(p, out);
		put_reasons(p, out);
		put_certificates(p, out);
	}
	fclose(out);
	return text;
}

/* ------------------------------------------------- screen ---------------- */

/* Another page, which leaves what stood there; no cursor; no broken lines. */
#define ENTER	"\033[?1049h\033[?25l\033[?7l"
#define LEAVE	"\033[?7h\033[?25h\033[?1049l"
#define HOME	"\033[H"
#define END_LINE	"\033[K"	/* clears what stood behind */
#define END_PAGE	"\033[J"

static void
write_terminal(const struct screen *s, const char *words)
{
	if (s->terminal) {
		fputs(words, stdout);
		fflush(stdout);
	}
}

int
screen_open(struct screen *s)
{
	static const int wanted[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
	    SIGTSTP, SIGWINCH };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		sigaddset(&set, wanted[i]);
	if ((s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) == -1)
		return -1;
	sigprocmask(SIG_BLOCK, &set, &s->before);
	s->terminal = isatty(STDOUT_FILENO) == 1;
	write_terminal(s, ENTER);
	return 0;
}

void
screen_close(struct screen *s)
{
	write_terminal(s, LEAVE);
	close(s->signals);
	sigprocmask(SIG_SETMASK, &s->before, NULL);
}

void
screen_show(const struct screen *s, const char *text)
{
	struct winsize size = { .ws_row = 24 };
	unsigned row = 0;
	size_t len;

	if (!s->terminal) {
		fputs(text, stdout);
		fflush(stdout);
		return;
	}
	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	fputs(HOME, stdout);
	for (; *text != '\0' && row < size.ws_row; text += len, row++) {
		len = strcspn(text, "\n");
		printf("%s%.*s" END_LINE, row > 0 ? "\r\n" : "", (int)len,
		    text);
		len += text[len] == '\n';
	}
	fputs(END_PAGE, stdout);
	fflush(stdout);
}

/* Stops as if we had not heard of it, but not with the terminal in a mess. */
static void
pause_here(const struct screen *s)
{
	write_terminal(s, LEAVE);
	raise(SIGSTOP);
	write_terminal(s, ENTER);
}

enum screen_event
screen_wait(const struct screen *s, double seconds)
{
	struct pollfd p = { .fd = s->signals, .events = POLLIN };
	struct signalfd_siginfo got;

	if (poll(&p, 1, (int)(seconds * 1000)) == 0)
		return SCREEN_TIME;
	if (read(s->signals, &got, sizeof got) != sizeof got)
		return errno == EINTR || errno == EAGAIN ? SCREEN_DRAW :
		    SCREEN_END;
	if (got.ssi_signo == SIGTSTP)
		pause_here(s);
	return got.ssi_signo == SIGTSTP || got.ssi_signo == SIGWINCH ?
	    SCREEN_DRAW : SCREEN_END;
}
