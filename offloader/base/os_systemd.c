/*
 * os_systemd.c - the protocols of sd_notify(3) and sd_listen_fds(3).
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os_systemd.h"

#define LONGEST	1024	/* bytes of one datagram */

/* A path, or "@" and the name of an abstract socket. */
static socklen_t
address(struct sockaddr_un *to, const char *text)
{
	size_t len = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || len < 2 ||
	    len >= sizeof to->sun_path)
		return 0;
	to->sun_family = AF_UNIX;
	memcpy(to->sun_path, text, len);
	if (text[0] == '@')
		to->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

/* For us, unless it names another process. Twice as often as required. */
static double
watchdog(const char *usec, const char *pid)
{
	char *end;
	long long n;

	if (usec == NULL || (pid != NULL &&
	    strtoll(pid, NULL, 10) != (long long)getpid()))
		return 0;
	errno = 0;
	n = strtoll(usec, &end, 10);
	if (end == usec || *end != '\0' || errno != 0 || n <= 0)
		return 0;
	return (double)n / 2e6;
}

void
os_notify_init(struct os_notify *n)
{
	const char *to = getenv("NOTIFY_SOCKET");

	*n = (struct os_notify){ 0 };
	if (to != NULL)
		n->len = address(&n->to, to);
	if (n->len > 0)
		n->watchdog = watchdog(getenv("WATCHDOG_USEC"),
		    getenv("WATCHDOG_PID"));
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

int
os_notify_pass(const struct os_notify *n)
{
	char text[sizeof n->to.sun_path + 1] = "";
	size_t len = n->len - offsetof(struct sockaddr_un, sun_path);

	if (n->len == 0)
		return 0;
	memcpy(text, n->to.sun_path, len);
	if (text[0] == '\0')
		text[0] = '@';
	if (setenv("NOTIFY_SOCKET", text, 1) == -1)
		return -1;
	snprintf(text, sizeof text, "%.0f", n->watchdog * 2e6);
	return n->watchdog > 0 ? setenv("WATCHDOG_USEC", text, 1) : 0;
}

void
os_notify(const struct os_notify *n, const char *format, ...)
{
	char text[LONGEST];
	va_list args;
	int fd;

	if (n->len == 0)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL,
	    (const struct sockaddr *)&n->to, n->len);
	close(fd);
}

/* ------------------------------------------------- inherited sockets ----- */

#define MANY	1000000		/* more than the kernel's limit */

/* A decimal number; 0 if the text is anything else or above the limit. */
static long
parse_number(const char *text, long limit)
{
	char *end;
	long n;

	if (text == NULL || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	n = strtol(text, &end, 10);
	return *end == '\0' && errno == 0 && n <= limit ? n : 0;
}

void
os_handed_take(struct os_handed *h)
{
	const char *names = getenv("LISTEN_FDNAMES");
	size_t n = (size_t)parse_number(getenv("LISTEN_FDS"), MANY);

	*h = (struct os_handed){ 0 };
	if (parse_number(getenv("LISTEN_PID"), __INT_MAX__) == (long)getpid())
		while (h->n < n && fcntl(OS_HANDED_FIRST + (int)h->n, F_SETFD,
		    FD_CLOEXEC) == 0)
			h->n++;
	/* The text itself stays where it is. */
	h->names = h->n > 0 ? names : NULL;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

void
os_handed_close(const struct os_handed *h)
{
	for (size_t i = 0; i < h->n; i++)
		close(OS_HANDED_FIRST + (int)i);
}

char *
os_handed_name(const struct os_handed *h, size_t i, char out[OS_HANDED_NAME])
{
	const char *name = h->names != NULL ? h->names : "";

	while (i-- > 0) {
		name += strcspn(name, ":");
		name += *name == ':';
	}
	snprintf(out, OS_HANDED_NAME, "%.*s", (int)strcspn(name, ":"), name);
	return out;
}

char *
os_handed_call(const char *text, char out[OS_HANDED_NAME])
{
	snprintf(out, OS_HANDED_NAME, "%s", text);
	for (char *c = out; *c != '\0'; c++)
		if (*c == ':' || *c <= ' ' || *c == '\177')
			*c = '_';
	return out;
}

static int
option_of(int fd, int option)
{
	int value = 0;
	socklen_t len = sizeof value;

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 ?
	    value : 0;
}

int
os_handed_use(int fd, struct endpoint *at)
{
	static const int on = 1;
	int flags = fcntl(fd, F_GETFL);

	at->len = sizeof at->un;
	if (option_of(fd, SO_TYPE) != SOCK_STREAM ||
	    option_of(fd, SO_ACCEPTCONN) == 0 || flags == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    getsockname(fd, &at->sa, &at->len) == -1)
		return -1;
	/* Others may join it; without these it works, if not as well. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return 0;
}
