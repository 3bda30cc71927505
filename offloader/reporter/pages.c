/*
 * pages.c - the pages of the reporter, and which requests get one.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "base/addr.h"
#include "reporter/metrics.h"
#include "reporter/status_json.h"
#include "reporter/pages.h"

#define CERTS_AT_ONCE	200
#define CERTS_NORMALLY	50

static const char text_type[] = "text/plain; charset=utf-8";
static const char json_type[] = "application/json";
static const char no_memory[] = "Out of memory.\n";
static const char no_word[] = "No status yet.\n";

/* ------------------------------------------------- allowed hosts -------- */

static bool
is_literal(const char *host, size_t len)
{
	unsigned char bytes[16];
	char copy[INET6_ADDRSTRLEN];

	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	if (len >= sizeof copy)
		return false;
	memcpy(copy, host, len);
	copy[len] = '\0';
	return inet_pton(AF_INET, copy, bytes) == 1 ||
	    inet_pton(AF_INET6, copy, bytes) == 1;
}

static bool
is_text(const char *host, size_t len, const char *text)
{
	return strlen(text) == len && strncasecmp(host, text, len) == 0;
}

static bool
is_own_name(const struct pages *p, const char *host, size_t len)
{
	char *name, *port;
	struct err e;
	bool is;

	if (p->from.name[0] == '/' ||
	    addr_split(p->from.name, &name, &port, &e) != 0)
		return false;
	is = is_text(host, len, name);
	free(name);
	free(port);
	return is;
}

/*
 * DNS rebinding: a page from elsewhere can let its name resolve to 127.0.0.1
 * and read our answers as its own, but the Host header has its name. Browsers
 * do not connect to UNIX sockets, and always send Host.
 */
static bool
may_ask(const struct pages *p, const struct http_request *r)
{
	const char *host = r->host, *port;
	size_t len;

	if (r->local || host == NULL)
		return true;
	port = strrchr(host, ':');
	len = port != NULL && strchr(port, ']') == NULL ?
	    (size_t)(port - host) : strlen(host);
	return is_text(host, len, "localhost") || is_literal(host, len) ||
	    is_own_name(p, host, len);
}

/* ------------------------------------------------- what is answered ----- */

static void
answer_text(struct http_reply *reply, unsigned status, const char *sentence)
{
	*reply = (struct http_reply){ .status = status, .type = text_type,
	    .body = (char *)sentence, .len = strlen(sentence), .keep = true };
}

/* What writes into out has succeeded if the end of it has. */
static void
finish_body(FILE *out, struct http_reply *reply)
{
	if (fclose(out) == 0)
		return;
	free(reply->body);
	answer_text(reply, 500, no_memory);
}

static FILE *
begin_body(struct http_reply *reply, const char *type)
{
	FILE *out;

	*reply = (struct http_reply){ .status = 200, .type = type };
	if ((out = open_memstream(&reply->body, &reply->len)) == NULL)
		answer_text(reply, 500, no_memory);
	return out;
}

static void
answer_status(struct pages *p, const struct http_request *r,
    struct http_reply *reply)
{
	struct snapshot_view view;
	struct status_source s = { .snapshot = &view, .certs = &p->certs,
	    .stats = p->from.stats, .view = p->view };
	FILE *out;

	(void)r;
	if (!snapshot_read(p->from.snapshot, &view)) {
		answer_text(reply, 503, no_word);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &s.now);
	if ((out = begin_body(reply, json_type)) == NULL)
		return;
	status_json(&s, out);
	finish_body(out, reply);
}

static void
answer_metrics(struct pages *p, const struct http_request *r,
    struct http_reply *reply)
{
	struct snapshot_view view;
	struct metrics m = { .stats = p->from.stats, .load = p->from.load,
	    .version = view.head.version };
	FILE *out;

	(void)r;
	if (!snapshot_read(p->from.snapshot, &view) || m.stats == NULL) {
		answer_text(reply, 503, no_word);
		return;
	}
	if ((out = begin_body(reply, METRICS_TYPE)) == NULL)
		return;
	if (metrics_write(&m, out) == 0)
		finish_body(out, reply);
	else {
		fclose(out);
		free(reply->body);
		answer_text(reply, 500, no_memory);
	}
}

/* A number up to max; normal if the text is no number. */
static size_t
parse_number(const char *text, size_t normal, size_t max)
{
	unsigned long n;
	char *end;

	if (text == NULL || *text < '0' || *text > '9')
		return normal;
	n = strtoul(text, &end, 10);
	return *end != '\0' ? normal : n < max ? n : max;
}

static void
answer_certs(struct pages *p, const struct http_request *r,
    struct http_reply *reply)
{
	const char *text = r->word(r, "search");
	size_t from = parse_number(r->word(r, "from"), 0, p->certs.n);
	size_t count = parse_number(r->word(r, "count"), CERTS_NORMALLY,
	    CERTS_AT_ONCE);
	FILE *out = begin_body(reply, json_type);

	if (out == NULL)
		return;
	cert_list_json(&(struct json){ .out = out }, NULL, &p->certs,
	    text != NULL ? text : "", from, count);
	putc('\n', out);
	finish_body(out, reply);
}

static void
answer_health(struct pages *p, const struct http_request *r,
    struct http_reply *reply)
{
	struct snapshot_view view;

	(void)r;
	if (!snapshot_read(p->from.snapshot, &view))
		answer_text(reply, 503, "unknown\n");
	else if (snapshot_serves(&view))
		answer_text(reply, 200, "accepting\n");
	else if (view.head.ready > 0)
		answer_text(reply, 503, "draining\n");
	else
		answer_text(reply, 503, "no worker\n");
}

static void
answer_page(struct pages *p, const struct http_request *r,
    struct http_reply *reply)
{
	(void)r;
	*reply = (struct http_reply){ .status = 200,
	    .type = "text/html; charset=utf-8", .policy = p->policy,
	    .body = (char *)status_page, .len = status_page_size,
	    .keep = true };
}

static const struct {
	const char *path;
	void (*answer)(struct pages *, const struct http_request *,
	    struct http_reply *);
} routes[] = {
	{ "/", answer_page },
	{ "/metrics", answer_metrics },
	{ "/status.json", answer_status },
	{ "/certificates.json", answer_certs },
	{ "/health", answer_health },
};

void
pages_answer(void *pages, const struct http_request *r,
    struct http_reply *reply)
{
	struct pages *p = pages;

	if (!may_ask(p, r)) {
		answer_text(reply, 421,
		    "Unknown host name. Use localhost or the IP "
		    "address.\n");
		return;
	}
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
		if (strcmp(routes[i].path, r->path) == 0) {
			routes[i].answer(p, r, reply);
			return;
		}
	answer_text(reply, 404,
	    "Not found. The pages are /, /metrics, /status.json, "
	    "/certificates.json and /health.\n");
}

/* ------------------------------------------------- life ----------------- */

/* The hash of what stands between two tags, as a policy names it. */
static void
put_hash(FILE *out, const char *begin_tag, const char *end_tag)
{
	const char *from = strstr(status_page, begin_tag), *to;
	unsigned char sum[EVP_MAX_MD_SIZE], text[2 * EVP_MAX_MD_SIZE];
	unsigned n;

	if (from == NULL || (to = strstr(from, end_tag)) == NULL)
		return;
	from += strlen(begin_tag);
	if (EVP_Digest(from, (size_t)(to - from), sum, &n, EVP_sha256(),
	    NULL) == 1 && EVP_EncodeBlock(text, sum, (int)n) > 0)
		fprintf(out, " 'sha256-%s'", (char *)text);
}

/* Allows only its own script and style, and requests to us. */
static int
make_policy(struct pages *p)
{
	FILE *out = fmemopen(p->policy, sizeof p->policy, "w");

	if (out == NULL)
		return -1;
	fputs("default-src 'none'; connect-src 'self'; img-src data:; "
	    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
	    "style-src", out);
	put_hash(out, "<style>", "</style>");
	fputs("; script-src", out);
	put_hash(out, "<script>", "</script>");
	return fclose(out);
}

int
pages_init(struct pages *p, const struct pages_source *from)
{
	*p = (struct pages){ .from = *from,
	    .view = malloc(sizeof *p->view) };
	return p->view != NULL && make_policy(p) == 0 &&
	    cert_list_make(&p->certs, from->load) == 0 ? 0 : -1;
}

void
pages_clear(struct pages *p)
{
	cert_list_free(&p->certs);
	free(p->view);
}
