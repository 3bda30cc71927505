/*
 * proxy_v1.c - the header of version 1: one line of text, both ways.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "relay/proxy_header.h"
#include "relay/proxy_wire.h"

/*
 * The spec wants groups of hexadecimal digits; inet_ntop() writes the last two
 * of ::ffff:c000:201 as an IPv4 address.
 */
static const char *
text6(const struct in6_addr *a, char *out, size_t size)
{
	const uint8_t *b = a->s6_addr;

	inet_ntop(AF_INET6, a, out, (socklen_t)size);
	if (strchr(out, '.') != NULL)
		snprintf(out, size, "::%x:%x:%x", b[10] << 8 | b[11],
		    b[12] << 8 | b[13], b[14] << 8 | b[15]);
	return out;
}

static int
v1_line(const struct proxy_ends *e, char *line, size_t size)
{
	char client[INET6_ADDRSTRLEN], local[INET6_ADDRSTRLEN];
	unsigned from = ntohs(e->client_port), to = ntohs(e->local_port);

	if (e->family == AF_UNSPEC)
		return snprintf(line, size, "PROXY UNKNOWN\r\n");
	if (e->family == AF_INET6)
		return snprintf(line, size, "PROXY TCP6 %s %s %u %u\r\n",
		    text6(&e->client, client, sizeof client),
		    text6(&e->local, local, sizeof local), from, to);
	return snprintf(line, size, "PROXY TCP4 %s %s %u %u\r\n",
	    inet_ntop(AF_INET, e->client.s6_addr + 12, client, sizeof client),
	    inet_ntop(AF_INET, e->local.s6_addr + 12, local, sizeof local),
	    from, to);
}

size_t
proxy_header_v1(const struct proxy_facts *f, char *buf, size_t size)
{
	struct proxy_ends e = proxy_ends(f);
	char line[PROXY_V1_MAX + 1];
	int n = v1_line(&e, line, sizeof line);

	if (n < 0 || (size_t)n > size || (size_t)n >= sizeof line)
		return 0;
	memcpy(buf, line, (size_t)n);
	return (size_t)n;
}

/* Cuts the next word off; exactly one space stands between two. */
static struct proxy_value
next_word(struct proxy_value *rest)
{
	const char *text = rest->bytes;
	struct proxy_value word = { NULL, 0 };
	size_t n = 0;

	if (text == NULL)
		return word;
	while (n < rest->len && text[n] != ' ')
		n++;
	word = (struct proxy_value){ text, n };
	rest->bytes = n < rest->len ? text + n + 1 : NULL;
	rest->len = n < rest->len ? rest->len - n - 1 : 0;
	return word;
}

static bool
is_word(struct proxy_value word, const char *text)
{
	return word.bytes != NULL && word.len == strlen(text) &&
	    memcmp(word.bytes, text, word.len) == 0;
}

/* A NUL would end the text for inet_pton(), but not for the sender. */
static bool
read_address(struct proxy_value word, int family, void *address)
{
	char text[INET6_ADDRSTRLEN];

	if (word.bytes == NULL || word.len >= sizeof text ||
	    memchr(word.bytes, '\0', word.len) != NULL)
		return false;
	memcpy(text, word.bytes, word.len);
	text[word.len] = '\0';
	return inet_pton(family, text, address) == 1;
}

/* Some read "010" as 8, so it is refused. */
static bool
read_port(struct proxy_value word, in_port_t *port)
{
	const char *text = word.bytes;
	unsigned n = 0;

	if (word.len < 1 || word.len > 5 || (text[0] == '0' && word.len > 1))
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		n = n * 10 + (unsigned)(text[i] - '0');
	}
	*port = htons((uint16_t)n);
	return n <= UINT16_MAX;
}

static const char *
read_ends(struct proxy_value rest, int family, struct proxy_facts *f)
{
	struct proxy_value client = next_word(&rest), local = next_word(&rest);
	struct proxy_value from = next_word(&rest), to = next_word(&rest);
	bool four = family == AF_INET;

	f->client.family = f->local.family = (sa_family_t)family;
	if (!read_address(client, family, four ? (void *)&f->client.in.sin_addr
	    : &f->client.in6.sin6_addr))
		return "the client's address is malformed";
	if (!read_address(local, family, four ? (void *)&f->local.in.sin_addr
	    : &f->local.in6.sin6_addr))
		return "the local address is malformed";
	if (!read_port(from, four ? &f->client.in.sin_port :
	    &f->client.in6.sin6_port))
		return "the client's port is malformed";
	if (!read_port(to, four ? &f->local.in.sin_port :
	    &f->local.in6.sin6_port))
		return "the local port is malformed";
	return rest.bytes == NULL ? NULL : "something follows the ports";
}

/* The line without "PROXY " and CRLF. NULL: good. */
static const char *
read_line(struct proxy_value line, struct proxy_parsed *p)
{
	struct proxy_value protocol = next_word(&line);

	if (is_word(protocol, "TCP4"))
		return read_ends(line, AF_INET, &p->facts);
	if (is_word(protocol, "TCP6"))
		return read_ends(line, AF_INET6, &p->facts);
	if (!is_word(protocol, "UNKNOWN"))
		return "the protocol is not TCP4, TCP6 or UNKNOWN";
	p->local = true;
	return NULL;
}

/* Finds the CRLF. *end: where it begins. NULL: it is there, or may come. */
static const char *
find_end(const uint8_t *bytes, size_t len, size_t max, size_t *end)
{
	size_t i = 0, most = max < PROXY_V1_MAX ? max : PROXY_V1_MAX;

	while (i < len && i < most && bytes[i] != '\r' && bytes[i] != '\n')
		i++;
	*end = i;
	if (i + 2 > most)
		return "the line is too long";
	if ((i < len && bytes[i] != '\r') ||
	    (i + 1 < len && bytes[i + 1] != '\n'))
		return "the line does not end in CR and LF";
	return NULL;
}

enum proxy_parse
proxy_v1_parse(const uint8_t *bytes, size_t len, size_t max,
    struct proxy_parsed *p, size_t *used)
{
	static const size_t begin = sizeof "PROXY " - 1;
	size_t end;

	p->version = 1;
	p->fault = find_end(bytes, len, max, &end);
	if (p->fault != NULL)
		return PROXY_PARSE_BAD;
	*used = end + 2;
	if (end + 2 > len)
		return PROXY_PARSE_MORE;
	p->fault = read_line((struct proxy_value){ bytes + begin, end - begin },
	    p);
	return p->fault == NULL ? PROXY_PARSE_OK : PROXY_PARSE_BAD;
}
