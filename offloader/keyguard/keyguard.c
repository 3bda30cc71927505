/*
 * keyguard.c - the process that has the private keys.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include <ev.h>
#include <openssl/crypto.h>

#include "base/os.h"
#include "base/os_user.h"
#include "keyguard/message.h"
#include "keyguard/signer.h"
#include "keys/keyring_local.h"
#include "log/log.h"
#include "process/proc.h"
#include "keyguard/keyguard.h"

/* ------------------------------------------------- secure heap ----------- */

/* Its address, for signers. */
struct secure_heap {
	void *at;		/* NULL: it cannot be locked */
	size_t size;
};

#define MEGABYTE	(1u << 20)
#define SIZE		(128 * MEGABYTE)
#define KEPT_FREE	(32 * MEGABYTE)
#define LEAST		32		/* bytes of the smallest block */

static void
hide(void)
{
	static const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		log_warn("private keys: cannot hide the memory: %s",
		    strerror(errno));
}

static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_MEMLOCK, &limit);
	}
}

/* OpenSSL does not tell the address; signers lock their copy by it. */
static void
find_heap(struct secure_heap *h)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char *piece = OPENSSL_secure_malloc(LEAST), *from, *to;
	char line[512];

	while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
		if (sscanf(line, "%p-%p", (void **)&from, (void **)&to) == 2 &&
		    piece >= from && piece < to) {
			h->at = from;
			h->size = (size_t)(to - from);
		}
	if (maps != NULL)
		fclose(maps);
	OPENSSL_secure_free(piece);
}

static void
secure_heap_open(struct secure_heap *h)
{
	int made;

	*h = (struct secure_heap){ .at = NULL };
	hide();
	raise_limit();
	made = CRYPTO_secure_malloc_init(SIZE, LEAST);
	if (made == 0) {
		log_warn("private keys: cannot create the secure heap; "
		    "using ordinary memory");
		return;
	}
	if (made == 1)
		find_heap(h);
	else
		log_info("private keys: cannot lock their memory, which may be "
		    "swapped out; raise the limit on locked memory "
		    "(ulimit -l) to %u MB", SIZE / MEGABYTE);
}

/* Locks are not inherited. */
static void
secure_heap_inherit(const struct secure_heap *h)
{
	hide();
	if (h->at != NULL)
		(void)mlock2(h->at, h->size, MLOCK_ONFAULT);
}

static int
secure_heap_has_room(const char *file, struct err *e)
{
	if (CRYPTO_secure_malloc_initialized() != 1 ||
	    CRYPTO_secure_used() <= SIZE - KEPT_FREE)
		return 0;
	return err_set_kind(e, ERR_OS, "%s: the secure heap for private keys "
	    "is full (%u MB); ECDSA keys are smaller, and key-isolation = off "
	    "has no such limit", file, (SIZE - KEPT_FREE) / MEGABYTE);
}

/* Signs for one worker; a child of ours. */
struct signer_child {
	LIST_ENTRY(signer_child) entry;
	struct keyguard *guard;
	struct proc proc;
	const struct signer_message *order;	/* borrowed during the fork */
	int channel;			/* to the worker; the same */
	uint32_t generation, worker;
};

struct keyguard {
	struct ev_loop *loop;
	int channel;			/* to the master */
	bool alone;			/* the master is gone */
	struct keyring *ring;
	struct secure_heap secure_heap;
	struct frame in, out;
	ev_io messages;
	LIST_HEAD(signers, signer_child) signers;
};

static void
leave_if_empty(struct keyguard *k)
{
	if (k->alone && LIST_EMPTY(&k->signers))
		ev_break(k->loop, EVBREAK_ALL);
}

/* ------------------------------------------------- signers ------------- */

static void
leave_keyguard(struct proc *p)
{
	struct signer_child *s = p->owner;

	close(s->guard->channel);
}

/* Errors after the start are logged by the keyguard: see on_exit_signer(). */
static int
run_signer(struct proc *p, int channel)
{
	struct signer_child *s = p->owner;
	const struct signer_message *m = s->order;
	const struct sandbox_config config = { .mode = m->sandbox,
	    .tokens = m->tokens };
	struct err e;

	(void)channel;
	os_process_name("offloader-sign");
	secure_heap_inherit(&s->guard->secure_heap);
	if (os_become(m->user, m->group, m->chroot, &e) != 0 ||
	    os_shed(&e) != 0 ||
	    sandbox_enter(p->role->sandbox, &config, &e) != 0) {
		log_error("%s", e.text);
		_exit(EX_OSERR);
	}
	/* Not exit(): what the keyguard registered for its end is not ours. */
	_exit((int)signer_run(s->channel, keyring_local_find, s->guard->ring));
}

static void
on_exit_signer(struct proc *p, int status)
{
	struct signer_child *s = p->owner;
	const char *why = WIFEXITED(status) ?
	    signer_end_text(WEXITSTATUS(status)) : NULL;
	char text[64];

	if (why == NULL)
		why = proc_status_text(status, text, sizeof text);
	if (status != 0)
		log_error("signer of worker %u of generation %u ended: %s",
		    s->worker, s->generation, why);
	LIST_REMOVE(s, entry);
	leave_if_empty(s->guard);
	free(s);
}

/* The worker sees its channel end, and the master orders another. */
static const struct child_role signer_role = {
	.name = "signer",
	.sandbox = &sandbox_signer,
	.no_channel = true,
	.leave_parent = leave_keyguard,
	.run = run_signer,
	.on_exit = on_exit_signer
};

static void
start_signer(struct keyguard *k, const struct signer_message *m, int fd)
{
	struct signer_child *s = calloc(1, sizeof *s);

	if (s != NULL) {
		*s = (struct signer_child){ .guard = k, .order = m,
		    .channel = fd, .worker = m->worker,
		    .generation = m->generation };
		proc_init(&s->proc, k->loop, &signer_role, s, m->worker);
	}
	if (s == NULL || proc_start(&s->proc) == -1) {
		log_error("signer of worker %u of generation %u: cannot "
		    "fork: %s", m->worker, m->generation, strerror(errno));
		free(s);
		return;
	}
	LIST_INSERT_HEAD(&k->signers, s, entry);
}

/* ------------------------------------------------- files --------------- */

static void
read_files(struct keyguard *k, const struct read_message *m)
{
	struct key_reading r = { .skip_reason = PEM_NOT_SKIPPED };
	struct err e;

	if (secure_heap_has_room(m->from.file, &e) != 0 ||
	    keyring_read_for(k->ring, m->id, &m->from, m->hash, &r, &e) != 0) {
		message_put_refused(&k->out, m->id, r.skip_reason, &e);
		return;
	}
	message_put_reading(&k->out, m->id, &r);
	key_reading_clear(&r);
}

/* ------------------------------------------------- the master ---------- */

/* -1 if the message is malformed. */
static int
handle_message(struct keyguard *k)
{
	struct read_message read;
	struct signer_message signer;
	enum log_part part;
	uint32_t id;
	int r = -1;

	switch ((enum message)k->in.type) {
	case MESSAGE_READ:
		if (message_get_read(&k->in, &read) != 0)
			return -1;
		read_files(k, &read);
		return frame_send(k->channel, &k->out, -1);
	case MESSAGE_DROP:
		if ((r = message_get_drop(&k->in, &id)) == 0)
			keyring_drop(k->ring, id);
		break;
	case MESSAGE_SIGNER:
		if ((r = message_get_signer(&k->in, &signer)) == 0)
			start_signer(k, &signer, k->in.fd);
		break;
	case MESSAGE_LOG:
		if ((r = message_get_log(&k->in, &part)) == 0) {
			log_set_fd(part, k->in.fd);
			k->in.fd = -1;
		}
		break;
	case MESSAGE_READING:
	case MESSAGE_REFUSED:
		break;
	}
	if (k->in.fd != -1)
		close(k->in.fd);
	return r;
}

/*
 * At the end of the channel the master is gone, but signers still work. Our end
 * stays open: the master may wait for it to close.
 */
static void
on_message(struct ev_loop *loop, ev_io *io, int events)
{
	struct keyguard *k = io->data;
	int r = frame_receive(k->channel, &k->in);

	(void)events;
	if (r == 1 && handle_message(k) == 0)
		return;
	if (r != 0 && errno != EPIPE && errno != ECONNRESET)
		log_error("malformed message from the master");
	ev_io_stop(loop, io);
	k->alone = true;
	leave_if_empty(k);
}

/* ------------------------------------------------- life ---------------- */

/*
 * A terminal or systemd sends these to all processes. The keyguard is needed
 * until the master and the last worker have ended.
 */
static void
ignore_signals(void)
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2,
	    SIGPIPE };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		signal(all[i], SIG_IGN);
}

int
keyguard_run(int channel, const struct sandbox_role *role,
    const struct sandbox_config *config)
{
	struct keyguard k = { .channel = channel, .in = { .fd = -1 } };
	struct err e;

	os_process_name("offloader-keys");
	/* A wakeup must not preempt the worker on the same core. */
	os_be_patient();
	ignore_signals();
	secure_heap_open(&k.secure_heap);
	LIST_INIT(&k.signers);
	k.loop = ev_default_loop(EVFLAG_NOENV);
	k.ring = keyring_local_new();
	if (k.loop == NULL || k.ring == NULL) {
		log_error("out of memory");
		return EX_OSERR;
	}
	ev_io_init(&k.messages, on_message, channel, EV_READ);
	k.messages.data = &k;
	ev_io_start(k.loop, &k.messages);
	if (sandbox_enter(role, config, &e) != 0) {
		log_error("%s", e.text);
		return EX_OSERR;
	}
	ev_run(k.loop, 0);
	keyring_free(k.ring);
	frame_clear(&k.in);
	frame_clear(&k.out);
	ev_loop_destroy(k.loop);
	return EXIT_SUCCESS;
}
