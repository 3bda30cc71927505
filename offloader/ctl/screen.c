/*
 * screen.c - text that is shown again and again, on a terminal or not.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "ctl/screen.h"

/* Another page, which leaves what stood there; no cursor; no broken lines. */
#define ENTER	"\033[?1049h\033[?25l\033[?7l"
#define LEAVE	"\033[?7h\033[?25h\033[?1049l"
#define HOME	"\033[H"
#define END_LINE	"\033[K"	/* clears what stood behind */
#define END_PAGE	"\033[J"

static void
say(const struct screen *s, const char *words)
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
	say(s, ENTER);
	return 0;
}

void
screen_close(struct screen *s)
{
	say(s, LEAVE);
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
	say(s, LEAVE);
	raise(SIGSTOP);
	say(s, ENTER);
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
