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
#include "ctl/dialog.h"
#include "process/command.h"

#define CONFIG	"/etc/offloader/offloader.conf"

struct wish {
	const char *socket;	/* or NULL: look into config */
	const char *config;
	bool json;
	const char *word;
};

static void
print_usage(void)
{
	printf("Usage: offloaderctl [--json] [--socket=PATH | --config=FILE] "
	    "COMMAND\n\n"
	    "Asks a running offloader, and tells it what to do.\n\n");
	for (unsigned v = 0; v < COMMAND_VERBS; v++)
		printf("  %-14s  %s\n", command_word(v), command_help(v));
	printf("\n"
	    "  --json          answer in JSON\n"
	    "  --socket=PATH   its control-socket\n"
	    "  --config=FILE   the configuration that names it (default:\n"
	    "                  " CONFIG ")\n"
	    "  --help          print this text\n"
	    "  --version       print the version\n");
}

static int
complain(const struct err *e)
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
		err_set_kind(e, ERR_OS, "out of memory");
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

static void
tell(const struct dialog *d, const struct wish *w)
{
	if (!d->good)
		fprintf(stderr, "offloaderctl: %s\n", d->sentence);
	else if (*d->sentence != '\0' && !w->json)
		puts(d->sentence);
	fputs(d->body, stdout);
}

static int
ask(const struct wish *w)
{
	char line[COMMAND_LONGEST], *found = NULL;
	struct dialog d;
	struct err e;
	int status;

	if (w->socket == NULL &&
	    (found = socket_of(w->config, &e)) == NULL)
		return complain(&e);
	snprintf(line, sizeof line, "%s%s\n", w->word,
	    w->json ? " json" : "");
	if (dialog_hold(&d, found != NULL ? found : w->socket, line,
	    &e) != 0) {
		free(found);
		return complain(&e);
	}
	tell(&d, w);
	status = d.good ? EXIT_SUCCESS : EXIT_FAILURE;
	dialog_clear(&d);
	free(found);
	return status;
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
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 }
	};
	struct wish w = { .config = CONFIG };
	enum command_verb verb;
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
	if (!command_find(w.word, strlen(w.word), &verb))
		return misuse("there is no command ", w.word);
	if (optind < argc)
		return misuse("there is one command too many: ", argv[optind]);
	return ask(&w);
}
