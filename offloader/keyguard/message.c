/*
 * message.c - the messages between the master and the keyguard.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "config/conf.h"
#include "keyguard/message.h"

static int
end_message(const struct frame *f)
{
	return frame_done(f) ? 0 : -1;
}

/* A value below n; any other makes the frame bad. */
static unsigned
get_one_of(struct frame *f, unsigned n)
{
	unsigned value = frame_get8(f);

	if (value < n)
		return value;
	f->bad = true;
	return 0;
}

/* ------------------------------------------------- the master's -------- */

void
message_put_read(struct frame *f, const struct read_message *m)
{
	frame_begin(f, MESSAGE_READ);
	frame_put32(f, m->id);
	frame_put_bytes(f, m->hash, sizeof m->hash);
	frame_put_text(f, m->from.file);
	frame_put_text(f, m->from.key_file);
	frame_put_text(f, m->from.passphrase_file);
	frame_put8(f, m->from.insecure);
}

int
message_get_read(struct frame *f, struct read_message *m)
{
	const unsigned char *hash;
	size_t len;

	m->id = frame_get32(f);
	hash = frame_get_bytes(f, sizeof m->hash, &len);
	if (len == sizeof m->hash)
		memcpy(m->hash, hash, len);
	else
		f->bad = true;
	m->from.file = frame_get_text(f);
	m->from.key_file = frame_get_text(f);
	m->from.passphrase_file = frame_get_text(f);
	m->from.insecure = get_one_of(f, 2) == 1;
	if (m->from.file == NULL)
		f->bad = true;
	return end_message(f);
}

void
message_put_drop(struct frame *f, uint32_t id)
{
	frame_begin(f, MESSAGE_DROP);
	frame_put32(f, id);
}

int
message_get_drop(struct frame *f, uint32_t *id)
{
	*id = frame_get32(f);
	return end_message(f);
}

void
message_put_signer(struct frame *f, const struct signer_message *m)
{
	frame_begin(f, MESSAGE_SIGNER);
	frame_put32(f, m->generation);
	frame_put32(f, m->worker);
	frame_put_text(f, m->user);
	frame_put_text(f, m->group);
	frame_put_text(f, m->chroot);
	frame_put8(f, m->sandbox);
	frame_put8(f, m->tokens);
}

int
message_get_signer(struct frame *f, struct signer_message *m)
{
	m->generation = frame_get32(f);
	m->worker = frame_get32(f);
	m->user = frame_get_text(f);
	m->group = frame_get_text(f);
	m->chroot = frame_get_text(f);
	m->sandbox = (uint8_t)get_one_of(f, SANDBOX_STRICT + 1);
	m->tokens = get_one_of(f, 2) == 1;
	return f->fd != -1 ? end_message(f) : -1;
}

void
message_put_log(struct frame *f, enum log_part part)
{
	frame_begin(f, MESSAGE_LOG);
	frame_put8(f, (uint8_t)part);
}

int
message_get_log(struct frame *f, enum log_part *part)
{
	*part = get_one_of(f, LOG_PART_SYSLOG + 1);
	return f->fd != -1 ? end_message(f) : -1;
}

/* ------------------------------------------------- stamps -------------- */

static void
put_time(struct frame *f, const struct timespec *t)
{
	frame_put64(f, (uint64_t)t->tv_sec);
	frame_put64(f, (uint64_t)t->tv_nsec);
}

static struct timespec
get_time(struct frame *f)
{
	struct timespec t;

	t.tv_sec = (time_t)frame_get64(f);
	t.tv_nsec = (long)frame_get64(f);
	return t;
}

static void
put_stamp(struct frame *f, const struct file_id *s)
{
	frame_put64(f, s->device);
	frame_put64(f, s->inode);
	frame_put64(f, (uint64_t)s->size);
	put_time(f, &s->modified);
	put_time(f, &s->status);
	frame_put8(f, s->settled);
}

static void
get_stamp(struct frame *f, struct file_id *s)
{
	s->device = (dev_t)frame_get64(f);
	s->inode = (ino_t)frame_get64(f);
	s->size = (off_t)frame_get64(f);
	s->modified = get_time(f);
	s->status = get_time(f);
	s->settled = get_one_of(f, 2) == 1;
}

/* ------------------------------------------------- the keyguard's ------ */

static void
put_certs(struct frame *f, const struct pem *p)
{
	frame_put32(f, (uint32_t)p->n);
	for (size_t i = 0; i < p->n; i++) {
		frame_put8(f, p->cert[i].kind == PEM_TRUSTED_CERT);
		frame_put_bytes(f, p->cert[i].der, p->cert[i].len);
	}
}

static void
get_cert(struct frame *f, struct pem *p)
{
	enum pem_kind kind = get_one_of(f, 2) == 1 ? PEM_TRUSTED_CERT :
	    PEM_CERT;
	size_t len;
	const unsigned char *der = frame_get_bytes(f, KEY_FRAME_MAX, &len);
	unsigned char *copy = len > 0 ? OPENSSL_memdup(der, len) : NULL;

	if (copy == NULL) {
		f->bad = true;
		return;
	}
	p->cert[p->n++] = (struct pem_block){ .kind = kind, .der = copy,
	    .len = len };
}

static void
get_certs(struct frame *f, struct pem *p)
{
	uint32_t n = frame_get32(f);

	if (n < 1 || n > KEYRING_CHAIN ||
	    (p->cert = calloc(n, sizeof *p->cert)) == NULL)
		f->bad = true;
	while (!f->bad && p->n < n)
		get_cert(f, p);
}

static void
get_into(struct frame *f, unsigned char *bytes, size_t size, size_t *len)
{
	const unsigned char *at = frame_get_bytes(f, size, len);

	if (*len > 0)
		memcpy(bytes, at, *len);
}

void
message_put_reading(struct frame *f, uint32_t id, const struct key_reading *r)
{
	frame_begin(f, MESSAGE_READING);
	frame_put32(f, id);
	put_certs(f, &r->pem);
	put_stamp(f, &r->pem.stamp);
	put_stamp(f, &r->key_stamp);
	frame_put8(f, r->insecure);
	frame_put8(f, (uint8_t)r->public.kind);
	frame_put32(f, (uint32_t)r->public.curve);
	frame_put_bytes(f, r->public.bytes, r->public.len);
	frame_put_bytes(f, r->proof.signature, r->proof.len);
}

int
message_get_reading(struct frame *f, uint32_t *id, struct key_reading *r)
{
	*id = frame_get32(f);
	get_certs(f, &r->pem);
	get_stamp(f, &r->pem.stamp);
	get_stamp(f, &r->key_stamp);
	r->insecure = get_one_of(f, 2) == 1;
	r->public.kind = get_one_of(f, PUBLIC_KINDS);
	r->public.curve = (int)frame_get32(f);
	get_into(f, r->public.bytes, sizeof r->public.bytes, &r->public.len);
	get_into(f, r->proof.signature, sizeof r->proof.signature,
	    &r->proof.len);
	if (end_message(f) == 0)
		return 0;
	key_reading_clear(r);
	return -1;
}

void
message_put_refused(struct frame *f, uint32_t id,
    enum pem_skip_reason skip_reason, const struct err *e)
{
	frame_begin(f, MESSAGE_REFUSED);
	frame_put32(f, id);
	frame_put8(f, (uint8_t)skip_reason);
	frame_put8(f, (uint8_t)e->kind);
	frame_put_text(f, e->text);
}

int
message_get_refused(struct frame *f, uint32_t *id,
    enum pem_skip_reason *skip_reason, struct err *e)
{
	enum err_kind kind;
	const char *text;

	*id = frame_get32(f);
	*skip_reason = get_one_of(f, PEM_FOREIGN + 1);
	kind = get_one_of(f, ERR_OS + 1);
	text = frame_get_text(f);
	if (end_message(f) != 0 || text == NULL)
		return -1;
	err_set_kind(e, kind, "%s", text);
	return 0;
}
