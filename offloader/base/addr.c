/*
 * addr.c - text to socket address and back.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"

#define HOST_MAX	255
#define PORT_MAX	64	/* of a service's name; real ones have 15 */

/* Digits alone must be a port number; anything else is a service's name. */
static bool
is_port(const char *s)
{
	size_t len = strlen(s);

	if (len == 0 || len > PORT_MAX)
		return false;
	if (s[strspn(s, "0123456789")] == '\0')
		return len <= 5 && strtol(s, NULL, 10) <= 65535;
	if (!isalnum((unsigned char)s[0]))
		return false;
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && strchr("-_.+", *s) == NULL)
			return false;
	return true;
}

/* True if it can be passed to the resolver, which decides about the rest. */
static bool
is_host(const char *s, size_t len)
{
	if (len > HOST_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isgraph((unsigned char)s[i]) ||
		    strchr("[]/\"\\", s[i]) != NULL)
			return false;
	return true;
}

/* Finds the host and the colon after it. -1: an error message. */
static int
find_host(const char *text, const char **host, size_t *len, struct err *e)
{
	const char *colon = strchr(text, ':'), *bracket;

	*host = text;
	*len = 0;
	if (text[0] == '[') {
		bracket = strchr(text, ']');
		if (bracket == NULL || bracket[1] != ':')
			return err_set(e, "\"%.300s\" is not [HOST]:PORT",
			    text);
		*host = text + 1;
		*len = (size_t)(bracket - *host);
		return 0;
	}
	if (colon == NULL)
		return err_set(e, "\"%.300s\" has no port: write [HOST]:PORT",
		    text);
	if (strchr(colon + 1, ':') != NULL)
		return err_set(e, "\"%.300s\" is ambiguous: write an IPv6 "
		    "address in brackets, [ADDRESS]:PORT", text);
	*len = (size_t)(colon - text);
	return 0;
}

int
addr_split(const char *text, char **host, char **port, struct err *e)
{
	const char *h, *p;
	size_t len;

	if (find_host(text, &h, &len, e) == -1)
		return -1;
	p = h + len + (text[0] == '[' ? 2 : 1);
	if (!is_host(h, len))
		return err_set(e, "\"%.300s\": the host is not valid", text);
	if (!is_port(p))
		return err_set(e, "\"%.300s\": the port is neither a number "
		    "from 0 to 65535 nor a service's name", text);
	if (len == 1 && *h == '*')
		len = 0;
	*host = strndup(h, len);
	*port = strdup(p);
	if (*host != NULL && *port != NULL)
		return 0;
	free(*host);
	free(*port);
	return err_memory(e, NULL);
}

static bool
holds(const struct endpoints *all, const struct endpoint *one)
{
	for (size_t i = 0; i < all->n; i++)
		if (endpoint_equal(&all->at[i], one))
			return true;
	return false;
}

/* A kernel without IPv6 (ipv6.disable=1) still resolves "*" to "::". */
static bool
family_exists(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return errno != EAFNOSUPPORT;
	close(fd);
	return true;
}

static int
resolve_failed(int code, const char *host, const char *port, struct err *e)
{
	if (code == EAI_SERVICE)
		return err_set(e, "port \"%s\": unknown service", port);
	return err_set_kind(e, ERR_BIND, "cannot resolve \"%s\": %s",
	    host != NULL ? host : "*",
	    code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
}

/* Copies each address once. False: no memory. */
static bool
collect(const struct addrinfo *list, bool any, struct endpoints *out)
{
	const struct addrinfo *a;
	struct endpoint *new;
	size_t n = 0;

	for (a = list; a != NULL; a = a->ai_next)
		n++;
	if ((out->at = calloc(n, sizeof *out->at)) == NULL)
		return false;
	for (a = list; a != NULL; a = a->ai_next) {
		if ((a->ai_family != AF_INET && a->ai_family != AF_INET6) ||
		    (any && !family_exists(a->ai_family)))
			continue;
		new = &out->at[out->n];
		new->len = a->ai_addrlen;
		addr_from(&new->addr, a->ai_addr);
		if (!holds(out, new))
			out->n++;
	}
	return true;
}

static int
resolve(const char *host, const char *port, int flags, struct endpoints *out,
    struct err *e)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = flags };
	const bool any = host == NULL || *host == '\0' ||
	    strcmp(host, "*") == 0;
	struct addrinfo *list;
	bool done;
	int code;

	*out = (struct endpoints){ 0 };
	if (any)
		host = NULL;
	if ((code = getaddrinfo(host, port, &hints, &list)) != 0)
		return resolve_failed(code, host, port, e);
	done = collect(list, any, out);
	freeaddrinfo(list);
	if (!done)
		return err_memory(e, NULL);
	if (out->n > 0)
		return 0;
	endpoints_free(out);
	return err_set_kind(e, ERR_BIND, "\"%s\": this system supports none of "
	    "its addresses", any ? "*" : host);
}

int
addr_to_bind(const char *host, const char *port, struct endpoints *out,
    struct err *e)
{
	return resolve(host, port, AI_PASSIVE, out, e);
}

/* Without a host: this machine. */
int
addr_to_connect(const char *host, const char *port, struct endpoints *out,
    struct err *e)
{
	return resolve(host, port, 0, out, e);
}

int
addr_unix(const char *path, struct endpoints *out, struct err *e)
{
	struct endpoint *new;
	size_t len = strlen(path);

	*out = (struct endpoints){ 0 };
	if (len == 0 || len >= sizeof new->un.sun_path)
		return err_set(e, "\"%.300s\": a socket's path has 1 to %zu "
		    "bytes", path, sizeof new->un.sun_path - 1);
	if ((new = calloc(1, sizeof *new)) == NULL)
		return err_memory(e, NULL);
	new->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len +
	    1);
	new->un.sun_family = AF_UNIX;
	memcpy(new->un.sun_path, path, len + 1);
	*out = (struct endpoints){ .at = new, .n = 1 };
	return 0;
}

typedef int look_up(const char *, const char *, struct endpoints *,
    struct err *);

static int
parse_endpoints(const char *text, look_up *resolver, struct endpoints *out,
    struct err *e)
{
	char *host, *port;
	int r;

	*out = (struct endpoints){ 0 };
	if (text[0] == '/')
		return addr_unix(text, out, e);
	if (addr_split(text, &host, &port, e) != 0)
		return -1;
	r = resolver(host, port, out, e);
	free(host);
	free(port);
	return r;
}

int
endpoints_to_bind(const char *text, struct endpoints *out, struct err *e)
{
	return parse_endpoints(text, addr_to_bind, out, e);
}

int
endpoints_to_connect(const char *text, struct endpoints *out, struct err *e)
{
	return parse_endpoints(text, addr_to_connect, out, e);
}

void
endpoints_free(struct endpoints *all)
{
	free(all->at);
	*all = (struct endpoints){ 0 };
}

/* Field by field: padding and flow labels are not part of the address. */
bool
addr_equal(const union addr *a, const union addr *b)
{
	if (a->family != b->family)
		return false;
	switch (a->family) {
	case AF_INET:
		return a->in.sin_port == b->in.sin_port &&
		    a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	case AF_INET6:
		return a->in6.sin6_port == b->in6.sin6_port &&
		    a->in6.sin6_scope_id == b->in6.sin6_scope_id &&
		    memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr,
		    sizeof a->in6.sin6_addr) == 0;
	}
	return false;
}

bool
endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	if (a->sa.sa_family == AF_UNIX && b->sa.sa_family == AF_UNIX)
		return strcmp(a->un.sun_path, b->un.sun_path) == 0;
	return addr_equal(&a->addr, &b->addr);
}

char *
endpoint_text(const struct endpoint *ep, char *out, size_t size)
{
	if (ep->sa.sa_family != AF_UNIX)
		return addr_text(&ep->addr, out, size);
	snprintf(out, size, "%s", ep->un.sun_path);
	return out;
}

/* The scope as a number: its name would cost a system call per line. */
static char *
text6(const struct sockaddr_in6 *in6, char *out, size_t size)
{
	char ip[INET6_ADDRSTRLEN];
	unsigned port = ntohs(in6->sin6_port);

	inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof ip);
	if (in6->sin6_scope_id != 0)
		snprintf(out, size, "[%s%%%u]:%u", ip, in6->sin6_scope_id,
		    port);
	else
		snprintf(out, size, "[%s]:%u", ip, port);
	return out;
}

char *
addr_text(const union addr *a, char *out, size_t size)
{
	char ip[INET_ADDRSTRLEN];

	switch (a->family) {
	case AF_INET:
		inet_ntop(AF_INET, &a->in.sin_addr, ip, sizeof ip);
		snprintf(out, size, "%s:%u", ip, ntohs(a->in.sin_port));
		return out;
	case AF_INET6:
		return text6(&a->in6, out, size);
	}
	snprintf(out, size, "-");
	return out;
}

void
addr_from(union addr *a, const struct sockaddr *sa)
{
	*a = (union addr){ .family = AF_UNSPEC };
	if (sa->sa_family == AF_INET)
		memcpy(&a->in, sa, sizeof a->in);
	if (sa->sa_family == AF_INET6)
		memcpy(&a->in6, sa, sizeof a->in6);
}
