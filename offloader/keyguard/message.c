/*
 * message.c - messages between the master and the keyguard: what they say.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "config/conf.h"
#include "keyguard/message.h"

static int
result(const struct key_frame *f)
{
	return key_get_end(f) ? 0 : -1;
}

/* One of so many values, or the frame is bad. */
static unsigned
get_one_of(struct key_frame *f, unsigned n)
{
	unsigned value = key_get8(f);

	if (value < n)
		return value;
	f->bad = true;
	return 0;
}

/* ------------------------------------------------- the master's -------- */

void
key_put_read(struct key_frame *f, const struct key_read_message *m)
{
	key_frame_begin(f, KEY_WORD_READ);
	key_put32(f, m->id);
	key_put_bytes(f, m->hash, sizeof m->hash);
	key_put_text(f, m->from.file);
	key_put_text(f, m->from.key_file);
	key_put_text(f, m->from.passphrase_file);
	key_put8(f, m->from.loose);
}

int
key_get_read(struct key_frame *f, struct key_read_message *m)
{
	const unsigned char *hash;
	size_t len;

	m->id = key_get32(f);
	hash = key_get_bytes(f, sizeof m->hash, &len);
	if (len == sizeof m->hash)
		memcpy(m->hash, hash, len);
	else
		f->bad = true;
	m->from.file = key_get_text(f);
	m->from.key_file = key_get_text(f);
	m->from.passphrase_file = key_get_text(f);
	m->from.loose = get_one_of(f, 2) == 1;
	if (m->from.file == NULL)
		f->bad = true;
	return result(f);
}

void
key_put_drop(struct key_frame *f, uint32_t id)
{
	key_frame_begin(f, KEY_WORD_DROP);
	key_put32(f, id);
}

int
key_get_drop(struct key_frame *f, uint32_t *id)
{
	*id = key_get32(f);
	return result(f);
}

void
key_put_signer(struct key_frame *f, const struct key_signer_message *m)
{
	key_frame_begin(f, KEY_WORD_SIGNER);
	key_put32(f, m->generation);
	key_put32(f, m->worker);
	key_put_text(f, m->user);
	key_put_text(f, m->group);
	key_put_text(f, m->chroot);
	key_put8(f, m->sandbox);
	key_put8(f, m->tokens);
}

int
key_get_signer(struct key_frame *f, struct key_signer_message *m)
{
	m->generation = key_get32(f);
	m->worker = key_get32(f);
	m->user = key_get_text(f);
	m->group = key_get_text(f);
	m->chroot = key_get_text(f);
	m->sandbox = (uint8_t)get_one_of(f, SANDBOX_STRICT + 1);
	m->tokens = get_one_of(f, 2) == 1;
	return f->fd != -1 ? result(f) : -1;
}

void
key_put_log(struct key_frame *f, enum log_part part)
{
	key_frame_begin(f, KEY_WORD_LOG);
	key_put8(f, (uint8_t)part);
}

int
key_get_log(struct key_frame *f, enum log_part *part)
{
	*part = get_one_of(f, LOG_PART_SYSLOG + 1);
	return f->fd != -1 ? result(f) : -1;
}

/* ------------------------------------------------- stamps -------------- */

static void
put_time(struct key_frame *f, const struct timespec *t)
{
	key_put64(f, (uint64_t)t->tv_sec);
	key_put64(f, (uint64_t)t->tv_nsec);
}

static struct timespec
get_time(struct key_frame *f)
{
	struct timespec t;

	t.tv_sec = (time_t)key_get64(f);
	t.tv_nsec = (long)key_get64(f);
	return t;
}

static void
put_stamp(struct key_frame *f, const struct stamp *s)
{
	key_put64(f, s->device);
	key_put64(f, s->inode);
	key_put64(f, (uint64_t)s->size);
	put_time(f, &s->modified);
	put_time(f, &s->status);
	key_put8(f, s->settled);
}

static void
get_stamp(struct key_frame *f, struct stamp *s)
{
	s->device = (dev_t)key_get64(f);
	s->inode = (ino_t)key_get64(f);
	s->size = (off_t)key_get64(f);
	s->modified = get_time(f);
	s->status = get_time(f);
	s->settled = get_one_of(f, 2) == 1;
}

/* ------------------------------------------------- the keyguard's ------ */

static void
put_certs(struct key_frame *f, const struct pem *p)
{
	key_put32(f, (uint32_t)p->n);
	for (size_t i = 0; i < p->n; i++) {
		key_put8(f, p->cert[i].kind == PEM_TRUSTED_CERT);
		key_put_bytes(f, p->cert[i].der, p->cert[i].len);
	}
}

static void
get_cert(struct key_frame *f, struct pem *p)
{
	enum pem_kind kind = get_one_of(f, 2) == 1 ? PEM_TRUSTED_CERT :
	    PEM_CERT;
	size_t len;
	const unsigned char *der = key_get_bytes(f, KEY_FRAME_MAX, &len);
	unsigned char *copy = len > 0 ? OPENSSL_memdup(der, len) : NULL;

	if (copy == NULL) {
		f->bad = true;
		return;
	}
	p->cert[p->n++] = (struct pem_block){ .kind = kind, .der = copy,
	    .len = len };
}

static void
get_certs(struct key_frame *f, struct pem *p)
{
	uint32_t n = key_get32(f);

	if (n < 1 || n > KEYRING_CHAIN ||
	    (p->cert = calloc(n, sizeof *p->cert)) == NULL)
		f->bad = true;
	while (!f->bad && p->n < n)
		get_cert(f, p);
}

static void
get_into(struct key_frame *f, unsigned char *bytes, size_t size, size_t *len)
{
	const unsigned char *at = key_get_bytes(f, size, len);

	if (*len > 0)
		memcpy(bytes, at, *len);
}

void
key_put_reading(struct key_frame *f, uint32_t id, const struct key_reading *r)
{
	key_frame_begin(f, KEY_WORD_READING);
	key_put32(f, id);
	put_certs(f, &r->pem);
	put_stamp(f, &r->pem.stamp);
	put_stamp(f, &r->key_stamp);
	key_put8(f, r->loose);
	key_put8(f, (uint8_t)r->half.kind);
	key_put32(f, (uint32_t)r->half.curve);
	key_put_bytes(f, r->half.bytes, r->half.len);
	key_put_bytes(f, r->trial.signature, r->trial.len);
}

int
key_get_reading(struct key_frame *f, uint32_t *id, struct key_reading *r)
{
	*id = key_get32(f);
	get_certs(f, &r->pem);
	get_stamp(f, &r->pem.stamp);
	get_stamp(f, &r->key_stamp);
	r->loose = get_one_of(f, 2) == 1;
	r->half.kind = get_one_of(f, HALF_KINDS);
	r->half.curve = (int)key_get32(f);
	get_into(f, r->half.bytes, sizeof r->half.bytes, &r->half.len);
	get_into(f, r->trial.signature, sizeof r->trial.signature,
	    &r->trial.len);
	if (result(f) == 0)
		return 0;
	key_reading_clear(r);
	return -1;
}

void
key_put_refused(struct key_frame *f, uint32_t id, enum pem_excuse excuse,
    const struct err *e)
{
	key_frame_begin(f, KEY_WORD_REFUSED);
	key_put32(f, id);
	key_put8(f, (uint8_t)excuse);
	key_put8(f, (uint8_t)e->kind);
	key_put_text(f, e->text);
}

int
key_get_refused(struct key_frame *f, uint32_t *id, enum pem_excuse *excuse,
    struct err *e)
{
	enum err_kind kind;
	const char *text;

	*id = key_get32(f);
	*excuse = get_one_of(f, PEM_FOREIGN + 1);
	kind = get_one_of(f, ERR_OS + 1);
	text = key_get_text(f);
	if (result(f) != 0 || text == NULL)
		return -1;
	err_set_kind(e, kind, "%s", text);
	return 0;
}
