/*
 * ctl.c - offloaderctl: asks a running offloader, and tells it what to do.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/err.h"
#include "config/conf.h"
#include "config/load.h"
#include "control/command.h"
#include "ctl/client.h"
#include "ctl/top.h"

#define CONFIG	"/etc/offloader/offloader.conf"

struct wish {
	const char *socket;	/* or NULL: look into config */
	const char *config;
	bool json;
	const char *word;
	struct top top;
};

static void
print_usage(void)
{
	printf("Usage: offloaderctl [--json] [--socket=PATH | --config=FILE] "
	    "COMMAND\n\n"
	    "Control a running offloader.\n\n");
	for (unsigned v = 0; v < COMMAND_VERBS; v++)
		printf("  %-14s  %s\n", command_word(v), command_help(v));
	printf("  %-14s  %s\n", "top", "show live statistics until "
	    "interrupted");
	printf("\n"
	    "  --json          print JSON\n"
	    "  --interval=S    update top at this interval, in seconds "
	    "(default: 2)\n"
	    "  --count=N       exit from top after this many updates (default: "
	    "never on\n"
	    "                  a terminal, otherwise 1)\n"
	    "  --socket=PATH   use this control socket\n"
	    "  --config=FILE   use the control-socket of this file (default:\n"
	    "                  " CONFIG ")\n"
	    "  --help          print this text and exit\n"
	    "  --version       print the version and exit\n");
}

static int
print_error(const struct err *e)
{
	fprintf(stderr, "offloaderctl: %s\n", e->text);
	return err_exit_status(e);
}

static void
say_nothing(const char *sentence)
{
	(void)sentence;
}

/*
 * The configuration may have become faulty since the master read it, and the
 * master be asked for just that. --test hands out what can be read.
 */
static char *
socket_of(const char *config, struct err *e)
{
	char name[] = "offloaderctl", test[] = "--test", in[] = "--config";
	char *file = strdup(config), *path = NULL;
	char *argv[] = { name, test, in, file, NULL };
	struct conf *c;

	if (file == NULL) {
		err_memory(e, NULL);
		return NULL;
	}
	c = conf_load(4, argv, say_nothing, e);
	if (c != NULL && c->control_socket != NULL)
		path = strdup(c->control_socket);
	else if (c != NULL && !c->faulty)
		err_set(e, "%s has no control-socket", config);
	conf_free(c);
	free(file);
	return path;
}

/* All other commands are the master's. */
static bool
is_top(const struct wish *w)
{
	return strcmp(w->word, "top") == 0;
}

static void
tell(const struct answer *d, const struct wish *w)
{
	if (!d->ok)
		fprintf(stderr, "offloaderctl: %s\n", d->sentence);
	else if (*d->sentence != '\0' && !w->json)
		puts(d->sentence);
	fputs(d->body, stdout);
}

static int
ask_offloader(const struct wish *w, const char *socket)
{
	char line[COMMAND_LONGEST];
	struct answer d;
	struct err e;
	int status;

	snprintf(line, sizeof line, "%s%s\n", w->word,
	    w->json ? " json" : "");
	if (client_ask(&d, socket, line, -1, &e) != 0)
		return print_error(&e);
	tell(&d, w);
	status = d.ok ? EXIT_SUCCESS : EXIT_FAILURE;
	answer_clear(&d);
	return status;
}

static int
act(struct wish *w)
{
	char *found = NULL;
	struct err e;
	int status;

	if (w->socket == NULL &&
	    (w->socket = found = socket_of(w->config, &e)) == NULL)
		return print_error(&e);
	w->top.socket = w->socket;
	status = is_top(w) ? top_run(&w->top) : ask_offloader(w, w->socket);
	free(found);
	return status;
}

/* A number of an option, within bounds. */
static bool
read_number(const char *text, double least, double most, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return end != text && *end == '\0' && *out >= least && *out <= most;
}

static int
misuse(const char *what, const char *word)
{
	fprintf(stderr, "offloaderctl: %s%s. Try --help.\n", what, word);
	return EX_USAGE;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "interval", required_argument, NULL, 'i' },
		{ "count", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 }
	};
	struct wish w = { .config = CONFIG, .top = { .interval = 2 } };
	enum command_verb verb;
	double count;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 's':
			w.socket = optarg;
			break;
		case 'c':
			w.config = optarg;
			break;
		case 'j':
			w.json = true;
			break;
		case 'i':
			if (!read_number(optarg, 0.1, 3600, &w.top.interval))
				return misuse("--interval must be 0.1 to 3600, "
				    "not ", optarg);
			break;
		case 'n':
			if (!read_number(optarg, 1, 1e9, &count))
				return misuse("--count must be 1 or more, not ",
				    optarg);
			w.top.count = (unsigned long)count;
			break;
		case 'h':
			print_usage();
			return EX_OK;
		case 'v':
			puts("offloaderctl " CTL_VERSION);
			return EX_OK;
		default:
			fputs("Try --help.\n", stderr);
			return EX_USAGE;
		}
	if (optind == argc)
		return misuse("a command is missing", "");
	w.word = argv[optind++];
	if (!is_top(&w) && !command_find(w.word, strlen(w.word), &verb))
		return misuse("unknown command ", w.word);
	if (optind < argc)
		return misuse("only one command is allowed, not also ",
		    argv[optind]);
	if (w.json && (is_top(&w) || verb == COMMAND_STATS))
		return misuse("--json cannot be used with ", w.word);
	return act(&w);
}
