/*
 * load.c - the load generator of the bench: one kind of load per process.
 *
 *	load MODE ADDRESS [--connections N] [--count N] [--seconds S] ...
 *
 * prints one JSON object per run and ends. With --steps it prints one when
 * its connections are open, then reads "COUNT SECONDS" lines from standard
 * input and prints one for each, until the input ends: so two loads can take
 * turns without a handshake in between. Every run is bounded by count and by
 * time, and the process by --life, whatever its server does.
 */
#include <err.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crew.h"
#include "plan.h"

enum {
	OPT_CONNECTIONS, OPT_COUNT, OPT_SECONDS, OPT_BYTES, OPT_TLS,
	OPT_CIPHER, OPT_PAUSE, OPT_STEPS, OPT_LIFE
};

static const struct option options[] = {
	{ "connections", required_argument, NULL, OPT_CONNECTIONS },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "bytes", required_argument, NULL, OPT_BYTES },
	{ "tls", required_argument, NULL, OPT_TLS },
	{ "cipher", required_argument, NULL, OPT_CIPHER },
	{ "pause", required_argument, NULL, OPT_PAUSE },
	{ "steps", no_argument, NULL, OPT_STEPS },
	{ "life", required_argument, NULL, OPT_LIFE },
	{ NULL, 0, NULL, 0 }
};

struct job {
	struct plan_wish wish;
	unsigned long connections, count, life;
	double seconds;
	long pause;
	bool steps;
};

static void
usage(void)
{
	fprintf(stderr,
	    "usage: load MODE ADDRESS [OPTION...]\n"
	    "  --connections N   how many clients (1)\n"
	    "  --count N         units to do at most (1000)\n"
	    "  --seconds S       time to do them in, or to hold (10)\n"
	    "  --bytes N         of each download or upload (4000000)\n"
	    "  --tls 1.2|1.3     version (1.3)\n"
	    "  --cipher NAME     aes128, aes256 or chacha20 (aes128)\n"
	    "  --pause USEC      between reply and next request (0)\n"
	    "  --steps           take \"COUNT SECONDS\" lines from stdin\n"
	    "  --life S          ends this process, whatever happens (900)\n"
	    "modes:\n");
	plan_list(stderr);
	exit(2);
}

/* A whole number of at least 1, or there is nothing to bound a run by. */
static unsigned long
number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || n == 0 || text[0] == '-')
		errx(2, "\"%s\" is not a number above 0", text);
	return n;
}

static void
take_option(struct job *j, int which, char *arg)
{
	switch (which) {
	case OPT_CONNECTIONS:	j->connections = number(arg); break;
	case OPT_COUNT:		j->count = number(arg); break;
	case OPT_SECONDS:	j->seconds = (double)number(arg); break;
	case OPT_BYTES:		j->wish.bytes = number(arg); break;
	case OPT_TLS:		j->wish.tls = arg; break;
	case OPT_CIPHER:	j->wish.cipher = arg; break;
	case OPT_PAUSE:		j->pause = (long)number(arg); break;
	case OPT_STEPS:		j->steps = true; break;
	case OPT_LIFE:		j->life = number(arg); break;
	default:		usage();
	}
}

static void
run_steps(struct crew *w, const struct job *j)
{
	char line[128];
	unsigned long count;
	double seconds;

	tally_print(&w->tally, j->wish.mode, crew_alive(w));
	while (fgets(line, sizeof line, stdin) != NULL) {
		if (sscanf(line, "%lu %lf", &count, &seconds) != 2)
			errx(2, "\"%s\" is not COUNT SECONDS", line);
		crew_work(w, w->plan->held ? 0 : count, seconds);
		tally_print(&w->tally, j->wish.mode, crew_alive(w));
	}
}

static void
run_once(struct crew *w, const struct job *j)
{
	if (w->plan->held)
		usleep((useconds_t)(j->seconds * 1e6));
	else
		crew_work(w, j->count, j->seconds);
	tally_print(&w->tally, j->wish.mode, crew_alive(w));
}

static void
run(const struct plan *p, const struct job *j)
{
	struct crew w;

	crew_init(&w, p, j->connections);
	w.pause = j->pause;
	if (!p->fresh)
		crew_open(&w);
	if (j->steps)
		run_steps(&w, j);
	else
		run_once(&w, j);
	crew_free(&w);
}

int
main(int argc, char **argv)
{
	struct job j = {
		.connections = 1, .count = 1000, .seconds = 10, .life = 900,
		.wish = { .bytes = 4000000, .tls = "1.3", .cipher = "aes128" }
	};
	struct plan p;
	int which;

	while ((which = getopt_long(argc, argv, "", options, NULL)) != -1)
		take_option(&j, which, optarg);
	if (argc - optind != 2)
		usage();
	j.wish.mode = argv[optind];
	j.wish.address = argv[optind + 1];
	alarm((unsigned int)j.life);
	signal(SIGPIPE, SIG_IGN);
	net_raise_limit();
	if (!plan_make(&p, &j.wish))
		usage();
	run(&p, &j);
	plan_free(&p);
	return 0;
}
