/*
 * os_notify.c - notifies the supervisor that started us, in the protocol of
 * sd_notify(3).
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os_notify.h"

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
