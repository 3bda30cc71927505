/*
 * fuzz_proxy_parse.c - no bytes confuse the parser, or say two things.
 *
 * Read whole or byte by byte, a header must mean the same; and what was read,
 * once written by us, must be read as the same again and again. From a socket
 * a header is taken to its last byte and no further, or not touched.
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay/proxy_header.h"
#include "serve/conn_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct proxy_form everything = {
	.want = { PROXY_ALPN, PROXY_AUTHORITY, PROXY_CRC32C, PROXY_UNIQUE_ID,
	    PROXY_SSL_VERSION, PROXY_SSL_CIPHER, PROXY_SSL_SIG_ALG,
	    PROXY_SSL_KEY_ALG, PROXY_SSL_GROUP, PROXY_SSL_SIG_SCHEME,
	    PROXY_SSL_CLIENT_CERT, PROXY_NETNS },
	.limit = PROXY_HEADER_MAX
};

/* Each piece stands at the end of its own memory. */
static enum proxy_parse
parse_pieces(const uint8_t *bytes, size_t len, size_t max, size_t *used)
{
	enum proxy_parse found = PROXY_PARSE_MORE;
	struct proxy_parsed p;

	*used = 1;
	for (size_t n = 0; n <= len && found == PROXY_PARSE_MORE; n++) {
		size_t promised = *used;
		uint8_t *copy = malloc(n + (n == 0));

		assert(copy != NULL);
		if (n > 0)
			memcpy(copy, bytes, n);
		found = proxy_header_parse(copy, n, max, &p, used);
		free(copy);
		/* Fewer bytes than it asked for are never a whole header. */
		assert(found != PROXY_PARSE_OK || n >= promised);
		assert(found != PROXY_PARSE_MORE || *used > n);
		assert((found == PROXY_PARSE_BAD) == (p.fault != NULL));
	}
	return found;
}

static void
walk(const struct proxy_value *tlvs, size_t at)
{
	struct proxy_value v;
	volatile uint8_t seen = 0;
	uint8_t type;

	while (proxy_tlv_next(tlvs, &at, &type, &v)) {
		for (size_t i = 0; i < v.len; i++)
			seen = ((const uint8_t *)v.bytes)[i];
		if (type == PROXY_SSL && v.len >= PROXY_SSL_HEAD)
			walk(&v, PROXY_SSL_HEAD);
	}
	(void)seen;
}

/* Writes what was read; reads it; writes it again: nothing changes any more. */
static void
rewrite(const struct proxy_parsed *p)
{
	static uint8_t first[PROXY_HEADER_MAX], second[PROXY_HEADER_MAX];
	struct proxy_parsed again;
	char line[2][PROXY_V1_MAX];
	size_t used, n, m;

	n = proxy_header_v2(&p->facts, &everything, first, sizeof first, NULL);
	/* Ours has a checksum that the other may not have had: too long. */
	if (n == 0)
		return;
	assert(proxy_header_parse(first, n, n, &again, &used) ==
	    PROXY_PARSE_OK && used == n);
	assert(again.has_crc && again.crc_good);
	assert(again.local == (p->facts.client.family == AF_UNSPEC));
	m = proxy_header_v2(&again.facts, &everything, second, sizeof second,
	    NULL);
	assert(m == n && memcmp(first, second, n) == 0);

	n = proxy_header_v1(&p->facts, line[0], sizeof line[0]);
	assert(n > 0);
	assert(proxy_header_parse((uint8_t *)line[0], n, n, &again, &used) ==
	    PROXY_PARSE_OK && used == n);
	m = proxy_header_v1(&again.facts, line[1], sizeof line[1]);
	assert(m == n && memcmp(line[0], line[1], n) == 0);
}

/* What a connection has to make of bytes of which it looks at the first. */
static enum io
expected(const uint8_t *data, size_t len, size_t *used)
{
	struct proxy_parsed p;
	enum proxy_parse found = proxy_header_parse(data,
	    len < PROXY_IN_MAX ? len : PROXY_IN_MAX, PROXY_IN_MAX, &p, used);

	if (found == PROXY_PARSE_OK && (!p.has_crc || p.crc_good))
		return IO_OK;
	*used = 0;
	return found == PROXY_PARSE_MORE ? IO_WAIT : IO_ERROR;
}

/* What is left in the socket must be what follows, byte for byte. */
static void
assert_rest(int fd, const uint8_t *rest, size_t len)
{
	uint8_t bytes[4096];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
		assert((size_t)n <= len && memcmp(bytes, rest, (size_t)n) == 0);
		rest += n;
		len -= (size_t)n;
	}
	assert(n == -1 && errno == EAGAIN && len == 0);
}

static void
through_socket(const uint8_t *data, size_t len)
{
	static int fd[2] = { -1, -1 };
	struct proxy_in in = { .end = END_NONE };
	size_t used, first = len / 2;
	enum io io;

	if (fd[0] == -1 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    fd) == -1)
		abort();
	assert(write(fd[1], data, first) == (ssize_t)first);
	io = proxy_in_read(&in, fd[0]);
	assert(io == expected(data, first, &used));
	assert(write(fd[1], data + first, len - first) ==
	    (ssize_t)(len - first));
	if (io == IO_WAIT) {
		io = proxy_in_read(&in, fd[0]);
		assert(io == expected(data, len, &used));
	}
	assert((io == IO_OK) == (in.origin != NULL && used > 0));
	assert((io == IO_ERROR) == (in.end != END_NONE));
	assert((io == IO_ERROR) == (proxy_in_refusal(in.end, &in) != NULL));
	assert_rest(fd[0], data + used, len - used);
	proxy_in_clear(&in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t max = PROXY_HEADER_MAX, used, part;
	enum proxy_parse found, pieces;
	struct proxy_parsed p;

	if (len > 0 && len < 65536)
		through_socket(data, len);
	found = proxy_header_parse(data, len, max, &p, &used);
	pieces = parse_pieces(data, len, max, &part);
	assert(found == pieces);
	if (found != PROXY_PARSE_OK)
		return 0;
	assert(used <= len && used == part);
	assert(proxy_header_parse(data, used, used - 1, &p, &part) ==
	    PROXY_PARSE_BAD);
	assert(proxy_header_parse(data, used, used, &p, &part) ==
	    PROXY_PARSE_OK);
	walk(&p.tlvs, 0);
	rewrite(&p);
	return 0;
}
