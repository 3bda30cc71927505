/*
 * keyguard_client.c - the master's end of the keyguard: a key ring whose keys
 * are in that process.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "base/os.h"
#include "base/os_daemon.h"
#include "keyguard/keyguard.h"
#include "log/log.h"
#include "signing/provider.h"
#include "keyguard/keyguard_client.h"

#define ANSWER_LIMIT	60	/* seconds: a token may be slow */
#define END_LIMIT	2000	/* milliseconds */

/* ------------------------------------------------- known keys ------------ */

#define RSA_BITS	8192	/* a reply has room for its signature */

/* In one piece, the texts behind it. */
struct known_key {
	unsigned char print[SHA256_DIGEST_LENGTH];	/* of its public half */
	struct key_source from;
	char text[];
};

static size_t
size_of(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

static const char *
append(char **to, const char *text)
{
	char *at = *to;

	if (text == NULL)
		return NULL;
	memcpy(at, text, size_of(text));
	*to += size_of(text);
	return at;
}

static void
print_of(unsigned char *out, const struct public_key *h)
{
	unsigned char all[sizeof h->kind + sizeof h->curve + PUBLIC_KEY_MAX];

	memcpy(all, &h->kind, sizeof h->kind);
	memcpy(all + sizeof h->kind, &h->curve, sizeof h->curve);
	memcpy(all + sizeof h->kind + sizeof h->curve, h->bytes, h->len);
	SHA256(all, sizeof h->kind + sizeof h->curve + h->len, out);
}

static struct known_key *
known_key_new(const struct key_source *from, const struct public_key *half)
{
	struct known_key *k = calloc(1, sizeof *k + size_of(from->file) +
	    size_of(from->key_file) + size_of(from->passphrase_file));
	char *to;

	if (k == NULL)
		return NULL;
	to = k->text;
	k->from = (struct key_source){ append(&to, from->file),
	    append(&to, from->key_file), append(&to, from->passphrase_file),
	    from->insecure };
	print_of(k->print, half);
	return k;
}

static void
known_key_free(struct known_key *k)
{
	free(k);
}

static struct key_source
known_key_source(const struct known_key *k)
{
	return k->from;
}

static bool
known_key_is(const struct known_key *k, const struct public_key *half)
{
	unsigned char print[SHA256_DIGEST_LENGTH];

	print_of(print, half);
	return memcmp(print, k->print, sizeof print) == 0;
}

bool
known_key_can_be(const struct public_key *h)
{
	EVP_PKEY *key = public_key_public(h->kind, h->curve, h->bytes, h->len,
	    NULL);
	bool can = key != NULL && (h->kind != PUBLIC_RSA ||
	    EVP_PKEY_get_bits(key) <= RSA_BITS);

	EVP_PKEY_free(key);
	return can;
}

/* ------------------------------------------------- talk ---------------- */

static void
close_channel(struct keyguard_client *l)
{
	if (l->channel != -1)
		close(l->channel);
	l->channel = -1;
}

/* It does not answer, or malformed: a new one may do better. */
static int
kill_keyguard(struct keyguard_client *l)
{
	if (l->proc.pid != 0)
		kill(l->proc.pid, SIGKILL);
	close_channel(l);
	return -1;
}

static int
send_frame(struct keyguard_client *l, int fd)
{
	if (l->channel == -1)
		return -1;
	return frame_send(l->channel, &l->frame, fd) == 0 ? 0 :
	    kill_keyguard(l);
}

/* Receives the reading with this number, or the reason why it failed. */
static int
receive_reading(struct keyguard_client *l, uint32_t id, struct key_reading *r,
    bool *refused, struct err *e)
{
	uint32_t got = 0;

	if (frame_receive(l->channel, &l->frame) != 1)
		return -1;
	if (l->frame.fd != -1) {
		close(l->frame.fd);
		return -1;
	}
	*refused = l->frame.type == MESSAGE_REFUSED;
	if (*refused)
		return message_get_refused(&l->frame, &got, &r->skip_reason,
		    e) == 0 && got == id ? 0 : -1;
	if (l->frame.type != MESSAGE_READING ||
	    message_get_reading(&l->frame, &got, r) != 0)
		return -1;
	if (got == id)
		return 0;
	key_reading_clear(r);
	return -1;
}

static int
request_reading(struct keyguard_client *l, uint32_t id,
    const struct key_source *from, struct key_reading *r, struct err *e)
{
	struct read_message m = { .id = id, .from = *from };
	bool refused;

	memcpy(m.hash, r->proof.hash, sizeof m.hash);
	message_put_read(&l->frame, &m);
	if (send_frame(l, -1) != 0 ||
	    receive_reading(l, id, r, &refused, e) != 0) {
		kill_keyguard(l);
		return err_set_kind(e, ERR_OS, "%s: cannot read it: the "
		    "keyguard has ended", from->file);
	}
	return refused ? -1 : 0;
}

/* ------------------------------------------------- the ring ------------ */

static void
link_drop(struct keyring *ring, uint32_t id)
{
	struct keyguard_client *l = (struct keyguard_client *)ring;

	known_key_free(idmap_take(&l->known, id));
	message_put_drop(&l->frame, id);
	(void)send_frame(l, -1);
}

static int
link_read(struct keyring *ring, uint32_t id, const struct key_source *from,
    struct key_reading *r, struct err *e)
{
	struct keyguard_client *l = (struct keyguard_client *)ring;
	struct known_key *known;

	if (request_reading(l, id, from, r, e) != 0)
		return -1;
	known = known_key_new(from, &r->public);
	if (!known_key_can_be(&r->public))
		err_set(e, "%s: keys of this kind can only be used with "
		    "key-isolation = off", key_source_name(from));
	else if (known == NULL || idmap_put(&l->known, id, known) != 0)
		err_memory(e, from->file);
	else
		return 0;
	known_key_free(known);
	key_reading_clear(r);
	link_drop(ring, id);
	return -1;
}

static EVP_PKEY *
link_key(struct keyring *ring, uint32_t id, EVP_PKEY *public)
{
	(void)ring;
	return provider_key(public, id);
}

static void
link_free(struct keyring *ring)
{
	struct keyguard_client *l = (struct keyguard_client *)ring;
	void *known;
	size_t at = 0;
	uint32_t id;

	while ((known = idmap_next(&l->known, &at, &id)) != NULL)
		known_key_free(known);
	idmap_clear(&l->known);
}

/* ------------------------------------------------- its life ------------ */

/* Reads a key again. -1 if the keyguard has ended meanwhile. */
static int
restore_key(struct keyguard_client *l, uint32_t id,
    const struct known_key *known)
{
	const struct key_source from = known_key_source(known);
	struct key_reading r = { .skip_reason = PEM_NOT_SKIPPED };
	struct err e;

	if (key_proof_challenge(&r.proof) != 0 || l->channel == -1)
		return -1;
	if (request_reading(l, id, &from, &r, &e) != 0) {
		log_error("%s; reload before handshakes can use this key",
		    e.text);
		return l->channel == -1 ? -1 : 0;
	}
	if (!known_key_is(known, &r.public)) {
		log_error("%s: the private key has changed: reload to use the "
		    "new one", key_source_name(&from));
		message_put_drop(&l->frame, id);
		(void)send_frame(l, -1);
	}
	key_reading_clear(&r);
	return 0;
}

static void
restore_all(struct keyguard_client *l)
{
	const struct known_key *known;
	size_t at = 0;
	uint32_t id;

	while ((known = idmap_next(&l->known, &at, &id)) != NULL)
		if (restore_key(l, id, known) != 0)
			return;
	l->watch->back(l->master);
}

static int
before(struct proc *p)
{
	static const struct timeval limit = { .tv_sec = ANSWER_LIMIT };
	struct keyguard_client *l = p->owner;
	int pair[2];

	if (os_stream(pair) == -1)
		return -1;
	close_channel(l);
	l->channel = pair[0];
	l->far = pair[1];
	(void)setsockopt(l->channel, SOL_SOCKET, SO_RCVTIMEO, &limit,
	    sizeof limit);
	(void)setsockopt(l->channel, SOL_SOCKET, SO_SNDTIMEO, &limit,
	    sizeof limit);
	return 0;
}

static void
after(struct proc *p)
{
	struct keyguard_client *l = p->owner;

	close(l->far);
	l->far = -1;
	if (p->pid == 0)
		close_channel(l);
	else if (l->begun) {
		log_info("keyguard: process %ld has taken over", (long)p->pid);
		restore_all(l);
	}
	l->begun = true;
}

static void
leave_master(struct proc *p)
{
	struct keyguard_client *l = p->owner;

	keyguard_client_leave(l);
	l->watch->leave(l->master);
}

static int
run(struct proc *p, int channel)
{
	struct keyguard_client *l = p->owner;

	(void)channel;
	if (l->hidden)
		os_leave_terminal(os_terminal_substitute());
	return keyguard_run(l->far, p->role->sandbox, &l->sandbox);
}

static void
on_exit_keyguard(struct proc *p, int status)
{
	struct keyguard_client *l = p->owner;
	char text[64];

	close_channel(l);
	log_error("keyguard ended by %s; a new one is started",
	    proc_status_text(status, text, sizeof text));
	proc_restart(p);
}

static const struct child_role keyguard_role = {
	.name = "keyguard",
	.sandbox = &sandbox_keyguard,
	.restarts = true,
	.no_channel = true,
	.before = before,
	.after = after,
	.leave_parent = leave_master,
	.run = run,
	.on_exit = on_exit_keyguard
};

void
keyguard_client_init(struct keyguard_client *l, struct ev_loop *loop,
    const struct keyguard_client_watch *watch, void *master, bool hidden)
{
	static const struct keyring_ops ops = { link_read, link_key, link_drop,
	    link_free };

	*l = (struct keyguard_client){ .ring.ops = &ops, .channel = -1, .far =
	    -1, .hidden = hidden, .watch = watch, .master = master };
	proc_init(&l->proc, loop, &keyguard_role, l, 0);
}

/* The old one ends by itself, after its signers. */
int
keyguard_client_start(struct keyguard_client *l,
    const struct sandbox_config *sandbox, struct err *e)
{
	if (l->begun && l->sandbox.mode == sandbox->mode &&
	    l->sandbox.tokens == sandbox->tokens)
		return 0;
	l->sandbox = (struct sandbox_config){ .mode = sandbox->mode,
	    .tokens = sandbox->tokens };
	close_channel(l);
	proc_forget(&l->proc);
	if (proc_start(&l->proc) == 0)
		return 0;
	return err_set_kind(e, ERR_OS, "cannot start the keyguard: %s",
	    strerror(errno));
}

int
keyguard_client_order(struct keyguard_client *l, const struct signer_message *m,
    int fd)
{
	message_put_signer(&l->frame, m);
	return send_frame(l, fd);
}

void
keyguard_client_log(struct keyguard_client *l, enum log_part part)
{
	if (log_fd(part) == -1)
		return;
	message_put_log(&l->frame, part);
	(void)send_frame(l, log_fd(part));
}

void
keyguard_client_leave(struct keyguard_client *l)
{
	close_channel(l);
}

/* When the master has ended no child may be left, not even the keyguard. */
void
keyguard_client_stop(struct keyguard_client *l)
{
	struct pollfd p = { .fd = l->channel, .events = POLLIN };

	if (l->channel != -1 && shutdown(l->channel, SHUT_WR) == 0)
		(void)poll(&p, 1, END_LIMIT);
	close_channel(l);
	if (l->proc.loop != NULL)
		proc_forget(&l->proc);
	frame_clear(&l->frame);
}
