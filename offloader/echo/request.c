/*
 * request.c - the requests of HTTP/1.1, as far as an answer needs them.
 */
#include <string.h>
#include <strings.h>

#include "echo/request.h"

static enum request_result
refuse_request(struct request *r, int status, const char *sentence)
{
	r->status = status;
	r->sentence = sentence;
	r->close = true;
	return REQUEST_REFUSED;
}

void
request_reset(struct request *r)
{
	/* The buffer is large; its length is all that counts. */
	memset(r, 0, offsetof(struct request, line));
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Whether a comma-separated list names this word, parameters aside. */
static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word), len;

	for (; *list != '\0'; list += len) {
		list += strspn(list, ", \t");
		len = strcspn(list, ",");
		if (len >= n && strncasecmp(list, word, n) == 0 &&
		    (list[n] == '\0' || strchr(",; \t", list[n]) != NULL))
			return true;
	}
	return false;
}

static bool
read_number(const char *text, unsigned base, uint64_t *value)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	uint64_t v = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		char c = *text >= 'A' && *text <= 'F' ? (char)(*text | 32) :
		    *text;

		digit = memchr(digits, c, base);
		if (digit == NULL || v > UINT64_MAX / base - 1)
			return false;
		v = v * base + (uint64_t)(digit - digits);
	}
	*value = v;
	return true;
}

static bool
field_length(struct request *r, const char *value)
{
	uint64_t n;

	/* Two that differ would allow request smuggling. */
	if (!read_number(value, 10, &n) || (r->has_length && n != r->left)) {
		refuse_request(r, 400, "Content-Length is malformed.");
		return false;
	}
	r->has_length = true;
	r->left = n;
	return true;
}

static bool
field_coding(struct request *r, const char *value)
{
	if (r->chunked || strcasecmp(value, "chunked") != 0) {
		refuse_request(r, 501,
		    "The only transfer coding taken is chunked.");
		return false;
	}
	r->chunked = true;
	return true;
}

/* One "Name: value". False: refused. */
static bool
read_field(struct request *r, char *line)
{
	char *value = strchr(line, ':'), *end;

	if (value == NULL || value == line || strpbrk(line, " \t") == line ||
	    is_blank(value[-1])) {
		refuse_request(r, 400, "A header line is malformed.");
		return false;
	}
	*value++ = '\0';
	value += strspn(value, " \t");
	end = value + strlen(value);
	while (end > value && is_blank(end[-1]))
		*--end = '\0';
	if (strcasecmp(line, "Content-Length") == 0)
		return field_length(r, value);
	if (strcasecmp(line, "Transfer-Encoding") == 0)
		return field_coding(r, value);
	if (strcasecmp(line, "Accept") == 0)
		r->html = r->html || has_word(value, "text/html");
	if (strcasecmp(line, "Expect") == 0)
		r->expects = has_word(value, "100-continue");
	if (strcasecmp(line, "Connection") == 0)
		r->close = has_word(value, "close") ||
		    (r->close && !has_word(value, "keep-alive"));
	return true;
}

/* "GET / HTTP/1.1". False: refused. */
static bool
read_first(struct request *r, const char *line)
{
	const char *target = strchr(line, ' ');
	const char *version = target == NULL ? NULL : strchr(target + 1, ' ');

	if (version != NULL && strncmp(version, " HTTP/2", 7) == 0) {
		refuse_request(r, 505,
		    "This server speaks HTTP/1.1 only; a frontend "
		    "in front of it must not offer h2.");
		return false;
	}
	if (version == NULL || target == line || version == target + 1 ||
	    (strcmp(version, " HTTP/1.1") != 0 &&
	    strcmp(version, " HTTP/1.0") != 0)) {
		refuse_request(r, 400, "This is not a request of HTTP/1.1.");
		return false;
	}
	if (strncmp(line, "CONNECT ", 8) == 0) {
		refuse_request(r, 405, "This server is no proxy.");
		return false;
	}
	r->head_only = strncmp(line, "HEAD ", 5) == 0;
	r->close = strcmp(version, " HTTP/1.0") == 0;
	return true;
}

/* Ends a line and returns the next; NULL: that was the last. */
static char *
cut_line(char *line)
{
	char *end = strchr(line, '\n');

	if (end == NULL)
		return NULL;
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return end + 1;
}

static enum request_result
read_head(struct request *r)
{
	char *line = r->line, *next;
	bool good;

	r->line[r->n] = '\0';
	if (memchr(r->line, '\0', r->n) != NULL)
		return refuse_request(r, 400, "There is a NUL in the head.");
	next = cut_line(line);
	good = read_first(r, line);
	while (good && (line = next) != NULL && (next = cut_line(line)) != NULL)
		good = *line == '\0' || read_field(r, line);
	if (!good)
		return REQUEST_REFUSED;
	if (r->chunked && r->has_length)
		return refuse_request(r, 400,
		    "Content-Length and chunks exclude each other.");
	r->n = 0;
	r->part = r->chunked ? IN_CHUNK_SIZE : IN_BODY;
	if (r->expects && (r->chunked || r->left > 0))
		return REQUEST_CONTINUE;
	return r->chunked || r->left > 0 ? REQUEST_MORE : REQUEST_READY;
}

/* "1f;extension", or the empty line that ends the trailer. */
static enum request_result
read_chunk_line(struct request *r)
{
	r->line[r->n] = '\0';
	cut_line(r->line);
	r->n = 0;
	if (r->part == IN_TRAILER)
		return r->line[0] == '\0' ? REQUEST_READY : REQUEST_MORE;
	r->line[strcspn(r->line, "; \t")] = '\0';
	if (!read_number(r->line, 16, &r->left) || r->left > INT64_MAX)
		return refuse_request(r, 400,
		    "The size of a chunk is malformed.");
	if (r->left == 0) {
		r->part = IN_TRAILER;
		return REQUEST_MORE;
	}
	r->part = IN_CHUNK;
	r->left += 2;
	return REQUEST_MORE;
}

/* Whether what is in line[] is a whole head, or a whole line. */
static bool
is_whole(const struct request *r)
{
	if (r->n == 0 || r->line[r->n - 1] != '\n')
		return false;
	if (r->part != IN_HEAD)
		return true;
	return r->n >= 2 && (r->line[r->n - 2] == '\n' || (r->n >= 3 &&
	    memcmp(r->line + r->n - 3, "\n\r\n", 3) == 0));
}

static enum request_result
read_byte(struct request *r, char c)
{
	/* Old clients send an empty line after a body. */
	if (r->part == IN_HEAD && r->n == 0 && (c == '\r' || c == '\n'))
		return REQUEST_MORE;
	if (r->n == sizeof r->line - 1)
		return refuse_request(r, 431,
		    "The head is longer than 8191 bytes.");
	r->line[r->n++] = c;
	if (!is_whole(r))
		return REQUEST_MORE;
	return r->part == IN_HEAD ? read_head(r) : read_chunk_line(r);
}

static size_t
skip_bytes(struct request *r, size_t len)
{
	size_t n = r->left < len ? (size_t)r->left : len;

	r->left -= n;
	return n;
}

enum request_result
request_read(struct request *r, const char *bytes, size_t len, size_t *used)
{
	enum request_result result = REQUEST_MORE;

	*used = 0;
	while (result == REQUEST_MORE && *used < len) {
		switch (r->part) {
		case IN_HEAD:
		case IN_CHUNK_SIZE:
		case IN_TRAILER:
			result = read_byte(r, bytes[(*used)++]);
			break;
		case IN_BODY:
			*used += skip_bytes(r, len - *used);
			if (r->left == 0)
				result = REQUEST_READY;
			break;
		case IN_CHUNK:
			*used += skip_bytes(r, len - *used);
			if (r->left == 0)
				r->part = IN_CHUNK_SIZE;
			break;
		}
	}
	return result;
}
