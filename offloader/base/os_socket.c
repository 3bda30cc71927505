/*
 * os_socket.c - non-blocking stream sockets: listen, accept, connect.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os_socket.h"

static int
set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value);
}

static int
new_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	/* Without it a small answer may be delayed by 40 ms. Not an error. */
	if (fd != -1 && family != AF_UNIX)
		set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	return fd;
}

static int
free_bind(int fd, const struct endpoint *ep)
{
	return ep->sa.sa_family == AF_INET6 ?
	    set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1) :
	    set_option(fd, IPPROTO_IP, IP_FREEBIND, 1);
}

/*
 * SO_REUSEPORT lets any program of the same user share the port, also one that
 * uses it by mistake. So the first socket binds without it, which fails if
 * another program listens there, and sets it only then.
 */
static int
listen_tcp(int fd, const struct endpoint *ep, const struct os_listen *opts)
{
	if (set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) == -1)
		return -1;
	/* "::" must not occupy the IPv4 port of "0.0.0.0". */
	if (ep->sa.sa_family == AF_INET6 &&
	    set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) == -1)
		return -1;
	if (!opts->first &&
	    set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) == -1)
		return -1;
	if (opts->freebind && free_bind(fd, ep) == -1)
		return -1;
	if (bind(fd, &ep->sa, ep->len) == -1)
		return -1;
	if (opts->first &&
	    set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1) == -1)
		return -1;
	return listen(fd, opts->backlog);
}

/* True if a UNIX socket's file was left behind by a program that ended. */
static bool
is_stale(const struct endpoint *ep)
{
	struct stat st;
	bool connected;
	int fd;

	/* connect() to a file that is not a socket is refused, too. */
	if (lstat(ep->un.sun_path, &st) == -1 || !S_ISSOCK(st.st_mode))
		return false;
	if ((fd = os_socket_connect(ep, &connected)) == -1)
		return errno == ECONNREFUSED;
	close(fd);
	return false;
}

static int
listen_unix(int fd, const struct endpoint *ep, const struct os_listen *opts)
{
	int bound = bind(fd, &ep->sa, ep->len);

	if (bound == -1 && errno == EADDRINUSE) {
		if (is_stale(ep) && unlink(ep->un.sun_path) == 0)
			bound = bind(fd, &ep->sa, ep->len);
		else
			errno = EADDRINUSE;
	}
	return bound == -1 ? -1 : listen(fd, opts->backlog);
}

static const char *
remedy(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "; does another program listen there?";
	case EACCES:
		return "; ports below 1024 need root or CAP_NET_BIND_SERVICE";
	case EADDRNOTAVAIL:
		return "; set freebind if the address will be added later";
	default:
		return "";
	}
}

int
os_socket_listen(const struct endpoint *ep, const struct os_listen *opts,
    struct err *e)
{
	char where[ENDPOINT_TEXT];
	int fd = new_socket(ep->sa.sa_family);
	int listens;

	endpoint_text(ep, where, sizeof where);
	if (fd == -1)
		return err_set_kind(e, ERR_OS, "cannot make a socket for "
		    "%s: %s", where, strerror(errno));
	listens = ep->sa.sa_family == AF_UNIX ? listen_unix(fd, ep, opts) :
	    listen_tcp(fd, ep, opts);
	if (listens == 0)
		return fd;
	err_set_kind(e, ERR_BIND, "cannot listen on %s: %s%s", where,
	    strerror(errno), remedy(errno));
	close(fd);
	return -1;
}

int
os_socket_listen_file(const struct endpoint *ep, int backlog,
    struct socket_file *file, struct err *e)
{
	const struct os_listen how = { .backlog = backlog };
	mode_t before = umask(0177);
	int fd = os_socket_listen(ep, &how, e);
	struct stat st;

	umask(before);
	if (fd == -1)
		return -1;
	if (lstat(ep->un.sun_path, &st) == -1) {
		err_set_kind(e, ERR_OS, "%s: %s", ep->un.sun_path,
		    strerror(errno));
		close(fd);
		return -1;
	}
	*file = (struct socket_file){ st.st_dev, st.st_ino };
	return fd;
}

void
os_socket_remove(const char *path, const struct socket_file *file)
{
	struct stat st;

	if (file->inode != 0 && lstat(path, &st) == 0 &&
	    st.st_dev == file->device && st.st_ino == file->inode)
		unlink(path);
}

int
os_accept(int fd, union addr *peer)
{
	struct sockaddr_storage from = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof from;
	int client = accept4(fd, (struct sockaddr *)&from, &len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (client != -1)
		addr_from(peer, (struct sockaddr *)&from);
	return client;
}

int
os_socket_connect(const struct endpoint *ep, bool *connected)
{
	int fd = new_socket(ep->sa.sa_family);
	int saved_errno;

	*connected = false;
	if (fd == -1)
		return -1;
	if (connect(fd, &ep->sa, ep->len) == 0) {
		*connected = true;
		return fd;
	}
	/* An interrupted connect() goes on in the background. */
	if (errno == EINPROGRESS || errno == EINTR)
		return fd;
	saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return -1;
}

void
os_socket_least(int fd, int bytes)
{
	set_option(fd, SOL_SOCKET, SO_RCVLOWAT, bytes);
}

bool
os_socket_ended(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1;
}

bool
os_socket_waits(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

bool
os_socket_is_ours(int fd)
{
	struct ucred who;
	socklen_t len = sizeof who;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	    (who.uid == 0 || who.uid == geteuid());
}

int
os_socket_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return errno;
	return error;
}

int
os_keepalive(int fd, int seconds)
{
	if (set_option(fd, SOL_SOCKET, SO_KEEPALIVE, seconds > 0) == -1)
		return -1;
	if (seconds <= 0)
		return 0;
	return set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
}
