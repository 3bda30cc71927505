/*
 * page.c - what a connection's PROXY header said, for a person to read.
 *
 * Values come from peers: they go through log_escape(), and into HTML only with
 * its special characters replaced.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "log/log.h"
#include "echo/page.h"

#define CERT_FLAGS	(PROXY_CLIENT_CERT_CONN | PROXY_CLIENT_CERT_SESS)

struct page {
	FILE *out;
	bool html;
	bool failed;
};

static const char begin[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>What the backend received</title>\n"
    "<style>\n"
    ":root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }\n"
    "body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }\n"
    "table { border-collapse: collapse; width: 100% }\n"
    "th, td { text-align: left; vertical-align: top; padding: .3rem .6rem;\n"
    "  border-bottom: 1px solid #8886 }\n"
    "th { font-weight: 500; white-space: nowrap }\n"
    "td { font-family: ui-monospace, monospace; overflow-wrap: anywhere }\n"
    "</style>\n"
    "<h1>What the backend received</h1>\n"
    "<table>\n";

static void
put_html(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':	fputs("&amp;", out); break;
		case '<':	fputs("&lt;", out); break;
		case '>':	fputs("&gt;", out); break;
		case '"':	fputs("&quot;", out); break;
		default:	fputc(*text, out); break;
		}
}

static void
put_fact(struct page *p, const char *name, const char *value)
{
	if (!p->html) {
		fprintf(p->out, "%s: %s\n", name, value);
		return;
	}
	fprintf(p->out, "<tr><th>%s<td>", name);
	put_html(p->out, value);
	fputc('\n', p->out);
}

static void __attribute__((format(printf, 3, 4)))
put_form(struct page *p, const char *name, const char *fmt, ...)
{
	char value[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof value, fmt, ap);
	va_end(ap);
	put_fact(p, name, value);
}

static void
put_value(struct page *p, const char *name, struct proxy_value v)
{
	size_t size = 4 * v.len + 1;	/* all of it as \xHH */
	char *text;

	if (v.bytes == NULL)
		return;
	if ((text = malloc(size)) == NULL) {
		p->failed = true;
		return;
	}
	put_fact(p, name, log_escape(text, size, v.bytes, v.len));
	free(text);
}

static void
put_address(struct page *p, const char *name, const union addr *a)
{
	char text[ADDR_TEXT];

	put_fact(p, name, a->family == AF_UNSPEC ? "unknown" :
	    addr_text(a, text, sizeof text));
}

/*
 * Our own offloader clears the flags of a certificate that was refused, and
 * says 1 where there was none; others leave the flags to be looked at.
 */
static const char *
client_cert(const struct proxy_facts *f)
{
	if ((f->client_flags & CERT_FLAGS) == 0)
		return f->verify <= 1 ? "none" : "refused";
	if (f->verify != 0)
		return "refused";
	return (f->client_flags & PROXY_CLIENT_CERT_CONN) != 0 ? "verified" :
	    "verified, in the session that was resumed";
}

static void
put_certificate(struct page *p, struct proxy_value der)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char hex[2 * sizeof sum + 1] = "";
	unsigned n = 0;

	if (der.bytes == NULL)
		return;
	if (EVP_Digest(der.bytes, der.len, sum, &n, EVP_sha256(), NULL) != 1)
		p->failed = true;
	for (unsigned i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	put_form(p, "client-cert-der", "%zu bytes, sha256 %s", der.len, hex);
}

static void
put_tls(struct page *p, const struct proxy_facts *f)
{
	put_fact(p, "tls", f->tls ? "yes" : "no");
	put_value(p, "tls-version", f->version);
	put_value(p, "tls-cipher", f->cipher);
	put_value(p, "tls-group", f->group);
	put_value(p, "tls-sig-alg", f->sig_alg);
	put_value(p, "tls-key-alg", f->key_alg);
	put_value(p, "tls-sig-scheme", f->sig_scheme);
	if (!f->tls)
		return;
	put_fact(p, "client-cert", client_cert(f));
	put_form(p, "verify", "%u", f->verify);
	put_value(p, "client-cn", f->cn);
	put_certificate(p, f->client_cert);
}

/* A value that has its own line is known by where it stands. */
static bool
has_line(const struct proxy_facts *f, struct proxy_value v)
{
	const struct proxy_value *const shown[] = { &f->alpn, &f->authority,
	    &f->unique_id, &f->version, &f->cn, &f->cipher, &f->sig_alg,
	    &f->key_alg, &f->group, &f->sig_scheme, &f->client_cert,
	    &f->ja4 };

	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
		if (shown[i]->bytes == v.bytes)
			return true;
	return false;
}

static void
put_others(struct page *p, const struct proxy_parsed *h,
    const struct proxy_value *tlvs, size_t at, const char *prefix)
{
	bool ssl = false, crc = false;
	struct proxy_value v;
	char name[32];
	uint8_t type;

	while (proxy_tlv_next(tlvs, &at, &type, &v)) {
		snprintf(name, sizeof name, "%s0x%02x", prefix, type);
		if (type == PROXY_SSL && tlvs == &h->tlvs && !ssl)
			put_others(p, h, &v, PROXY_SSL_HEAD, "tlv-0x20-");
		else if (!has_line(&h->facts, v) &&
		    (type != PROXY_CRC32C || tlvs != &h->tlvs || crc))
			put_value(p, name, v);
		ssl = ssl || type == PROXY_SSL;
		crc = crc || type == PROXY_CRC32C;
	}
}

static void
put_header(struct page *p, const struct proxy_parsed *h, size_t used)
{
	put_form(p, "proxy", "v%d", h->version);
	put_fact(p, "command", h->local ? "LOCAL" : "PROXY");
	put_address(p, "client", &h->facts.client);
	put_address(p, "local", &h->facts.local);
	put_value(p, "authority", h->facts.authority);
	put_value(p, "alpn", h->facts.alpn);
	put_value(p, "unique-id", h->facts.unique_id);
	put_value(p, "ja4", h->facts.ja4);
	put_tls(p, &h->facts);
	put_fact(p, "crc32c", !h->has_crc ? "absent" :
	    h->crc_good ? "good" : "bad");
	put_others(p, h, &h->tlvs, 0, "tlv-");
	put_form(p, "header-bytes", "%zu", used);
}

char *
page_new(const struct proxy_parsed *h, size_t used, bool html, size_t *len)
{
	struct page p = { .html = html };
	char *text = NULL;

	if ((p.out = open_memstream(&text, len)) == NULL)
		return NULL;
	if (html)
		fputs(begin, p.out);
	if (h != NULL)
		put_header(&p, h, used);
	else
		put_fact(&p, "proxy", "none");
	if (html)
		fputs("</table>\n", p.out);
	p.failed = p.failed || ferror(p.out) != 0;
	if (fclose(p.out) == 0 && !p.failed)
		return text;
	free(text);
	return NULL;
}
