/*
 * client.c - one question to a master, and its answer.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "ctl/client.h"

#define LONGEST	(16 * 1024 * 1024)	/* bytes of an answer */
#define STEP	4096

static int
dial(const char *path, struct err *e)
{
	struct endpoints at;
	int fd;

	if (addr_unix(path, &at, e) != 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 && connect(fd, &at.at[0].sa, at.at[0].len) == -1) {
		close(fd);
		fd = -1;
	}
	endpoints_free(&at);
	if (fd == -1)
		err_set_kind(e, ERR_BIND, "cannot ask at %s: %s%s", path,
		    strerror(errno), errno == ECONNREFUSED ||
		    errno == ENOENT ? "; does offloader run?" : "");
	return fd;
}

/* More room at the end. */
static int
grow_answer(struct answer *d)
{
	char *more = d->len < LONGEST ? realloc(d->text, d->len + STEP + 1) :
	    NULL;

	if (more == NULL)
		return -1;
	d->text = more;
	return 0;
}

/* False: something else came. */
static bool
wait_for(int fd, int other)
{
	struct pollfd p[] = { { .fd = fd, .events = POLLIN },
	    { .fd = other, .events = POLLIN } };

	while (poll(p, 2, -1) == -1 && errno == EINTR)
		;
	return p[1].revents == 0;
}

static int
listen_to(struct answer *d, int fd, int other)
{
	ssize_t n = 1;

	while (n > 0) {
		if (!wait_for(fd, other) || grow_answer(d) == -1)
			return -1;
		while ((n = recv(fd, d->text + d->len, STEP, 0)) == -1 &&
		    errno == EINTR)
			continue;
		if (n > 0)
			d->len += (size_t)n;
	}
	d->text[d->len] = '\0';
	/* It was refused, and our line not read: the sentence is here. */
	return n == 0 || errno == ECONNRESET ? 0 : -1;
}

/* "ok SENTENCE" or "failed SENTENCE", and lines. */
static int
understand(struct answer *d)
{
	char *end = memchr(d->text, '\n', d->len), *space;

	if (end == NULL)
		return -1;
	*end = '\0';
	d->body = end + 1;
	if ((space = strchr(d->text, ' ')) != NULL)
		*space = '\0';
	d->sentence = space != NULL ? space + 1 : "";
	d->ok = strcmp(d->text, "ok") == 0;
	return d->ok || strcmp(d->text, "failed") == 0 ? 0 : -1;
}

int
client_ask(struct answer *d, const char *path, const char *line, int other,
    struct err *e)
{
	int fd = dial(path, e);

	*d = (struct answer){ 0 };
	if (fd == -1)
		return -1;
	/* send() may fail if this user is refused: the answer comes first. */
	(void)send(fd, line, strlen(line), MSG_NOSIGNAL);
	if (listen_to(d, fd, other) == 0 && understand(d) == 0) {
		close(fd);
		return 0;
	}
	close(fd);
	answer_clear(d);
	return err_set_kind(e, ERR_OS, "no answer came from %s", path);
}

void
answer_clear(struct answer *d)
{
	free(d->text);
	*d = (struct answer){ 0 };
}
