/*
 * keyguard.c - the process that has the private keys.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sysexits.h>
#include <unistd.h>

#include <ev.h>

#include "base/os.h"
#include "base/os_user.h"
#include "keyguard/message.h"
#include "keyguard/secure_heap.h"
#include "keyguard/signer.h"
#include "keys/keyring_local.h"
#include "log/log.h"
#include "process/proc.h"
#include "keyguard/keyguard.h"

/* Signs for one worker; a child of ours. */
struct signer_child {
	LIST_ENTRY(signer_child) entry;
	struct keyguard *guard;
	ev_child child;
	uint32_t generation, worker;
};

struct keyguard {
	struct ev_loop *loop;
	int channel;			/* to the master */
	bool alone;			/* it is gone */
	struct keyring *ring;
	struct secure_heap secure_heap;
	struct frame in, out;
	ev_io words;
	LIST_HEAD(signers, signer_child) signers;
};

static void
leave_if_empty(struct keyguard *k)
{
	if (k->alone && LIST_EMPTY(&k->signers))
		ev_break(k->loop, EVBREAK_ALL);
}

/* ------------------------------------------------- signers ------------- */

/* In the child. Only what goes wrong at the start is logged by itself. */
static _Noreturn void
sign(struct keyguard *k, const struct signer_message *m, int fd)
{
	const struct sandbox_config wish = { .mode = m->sandbox,
	    .tokens = m->tokens };
	struct err e;

	log_role("signer");
	os_process_name("offloader-sign");
	close(k->channel);
	ev_loop_destroy(k->loop);
	secure_heap_inherit(&k->secure_heap);
	if (os_become(m->user, m->group, m->chroot, &e) != 0 ||
	    os_shed(&e) != 0 ||
	    sandbox_enter(SANDBOX_SIGNER, &wish, &e) != 0) {
		log_error("%s", e.text);
		_exit(EX_OSERR);
	}
	/* Nothing of the keyguard's is to be tidied up. */
	_exit((int)signer_run(fd, keyring_local_find, k->ring));
}

static void
on_left(struct ev_loop *loop, ev_child *w, int events)
{
	struct signer_child *s = w->data;
	const char *why = WIFEXITED(w->rstatus) ?
	    signer_end_text(WEXITSTATUS(w->rstatus)) : NULL;
	char text[64];

	(void)events;
	if (why == NULL)
		why = proc_status_text(w->rstatus, text, sizeof text);
	if (w->rstatus != 0)
		log_error("signer of worker %u of generation %u ended: %s",
		    s->worker, s->generation, why);
	ev_child_stop(loop, w);
	LIST_REMOVE(s, entry);
	leave_if_empty(s->guard);
	free(s);
}

/* If it cannot be, the worker sees its channel end, and asks once more. */
static void
start_signer(struct keyguard *k, const struct signer_message *m, int fd)
{
	struct signer_child *s = calloc(1, sizeof *s);
	pid_t pid = -1;

	fflush(NULL);
	if (s != NULL && (pid = fork()) == 0)
		sign(k, m, fd);
	if (pid == -1) {
		log_error("signer of worker %u of generation %u: fork: %s",
		    m->worker, m->generation, strerror(errno));
		free(s);
		return;
	}
	*s = (struct signer_child){ .guard = k, .worker = m->worker,
	    .generation = m->generation };
	ev_child_init(&s->child, on_left, pid, 0);
	s->child.data = s;
	ev_child_start(k->loop, &s->child);
	LIST_INSERT_HEAD(&k->signers, s, entry);
}

/* ------------------------------------------------- files --------------- */

static void
read_files(struct keyguard *k, const struct read_message *m)
{
	struct key_reading r = { .excuse = PEM_NO_EXCUSE };
	struct err e;

	if (secure_heap_has_room(m->from.file, &e) != 0 ||
	    keyring_read_for(k->ring, m->id, &m->from, m->hash, &r, &e) != 0) {
		message_put_refused(&k->out, m->id, r.excuse, &e);
		return;
	}
	message_put_reading(&k->out, m->id, &r);
	key_reading_clear(&r);
}

/* ------------------------------------------------- the master ---------- */

/* -1: it is not what we know. */
static int
obey(struct keyguard *k)
{
	struct read_message read;
	struct signer_message signer;
	enum log_part part;
	uint32_t id;
	int r = -1;

	switch ((enum message)k->in.word) {
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
 * The end of the channel is the end of the master: signers have their keys. Our
 * end stays open, for it may wait to see us end.
 */
static void
on_word(struct ev_loop *loop, ev_io *io, int events)
{
	struct keyguard *k = io->data;
	int r = frame_receive(k->channel, &k->in);

	(void)events;
	if (r == 1 && obey(k) == 0)
		return;
	if (r != 0 && errno != EPIPE && errno != ECONNRESET)
		log_error("the master's word is none");
	ev_io_stop(loop, io);
	k->alone = true;
	leave_if_empty(k);
}

/* ------------------------------------------------- life ---------------- */

/*
 * A terminal, or systemd, sends these to all of us: the master says what they
 * mean, and until the last worker has left we are needed.
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
keyguard_run(int channel, const struct sandbox_config *wish)
{
	struct keyguard k = { .channel = channel, .in = { .fd = -1 } };
	struct err e;

	log_role("keyguard");
	os_process_name("offloader-keys");
	/* Or each request would cost its worker the core it shares with us. */
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
	ev_io_init(&k.words, on_word, channel, EV_READ);
	k.words.data = &k;
	ev_io_start(k.loop, &k.words);
	if (sandbox_enter(SANDBOX_KEYGUARD, wish, &e) != 0) {
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
