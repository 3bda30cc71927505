/*
 * ticket_rotation.c - rotation of the session-ticket keys.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "log/log.h"
#include "master/ticket_rotation.h"

static void
rotate(struct ticket_rotation *t)
{
	if (ticket_rotate(t->slot) != 0)
		log_error("cannot make a session-ticket key: no random "
		    "numbers");
}

static void
on_rotate(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	rotate(timer->data);
}

int
ticket_rotation_init(struct ticket_rotation *t, struct ev_loop *loop)
{
	*t = (struct ticket_rotation){ .loop = loop, .slot = slot_new() };
	if (t->slot == NULL)
		return -1;
	ev_init(&t->rotate, on_rotate);
	t->rotate.data = t;
	return ticket_rotate(t->slot);
}

void
ticket_rotation_clear(struct ticket_rotation *t)
{
	slot_free(t->slot);
}

/* Another layout needs another signature. */
#define SIGNATURE	"offloader tickets 1"

struct saved_keys {
	char signature[24];
	struct ticket_keys keys;
	bool from_file;
};

int
ticket_rotation_hand(const struct ticket_rotation *t)
{
	struct saved_keys h = { .signature = SIGNATURE,
	    .from_file = t->from_file };
	int fd = memfd_create("offloader-tickets",
	    MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd != -1 && (slot_read(t->slot, &h.keys, sizeof h.keys) !=
	    sizeof h.keys || write(fd, &h, sizeof h) != sizeof h ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW |
	    F_SEAL_SHRINK | F_SEAL_SEAL) == -1)) {
		close(fd);
		fd = -1;
	}
	OPENSSL_cleanse(&h, sizeof h);
	return fd;
}

void
ticket_rotation_take(struct ticket_rotation *t, int fd)
{
	struct saved_keys h = { .from_file = false };

	if (fd == -1)
		return;
	/* Another size is another layout. */
	if (lseek(fd, 0, SEEK_END) == sizeof h &&
	    pread(fd, &h, sizeof h, 0) == sizeof h &&
	    memcmp(h.signature, SIGNATURE, sizeof SIGNATURE) == 0) {
		slot_write(t->slot, &h.keys, sizeof h.keys);
		t->from_file = h.from_file;
	} else
		log_warn("the old master's ticket keys have another layout: "
		    "clients cannot resume sessions");
	OPENSSL_cleanse(&h, sizeof h);
	close(fd);
}

static void
use_file(struct ticket_rotation *t, struct generation *g)
{
	ev_timer_stop(t->loop, &t->rotate);
	t->interval = 0;
	/* NULL: taken before. */
	if (g->ticket_keys != NULL)
		slot_write(t->slot, g->ticket_keys, sizeof *g->ticket_keys);
	generation_forget_keys(g);
}

/* Reloads do not delay a rotation. */
static void
rotate_random(struct ticket_rotation *t, double interval)
{
	/* The keys of the file must not open new tickets. */
	if (t->from_file)
		rotate(t);
	if (t->interval == interval)
		return;
	t->interval = t->rotate.repeat = interval;
	ev_timer_again(t->loop, &t->rotate);
}

void
ticket_rotation_follow(struct ticket_rotation *t, struct generation *g)
{
	if (g->conf->ticket_key_file != NULL)
		use_file(t, g);
	else
		rotate_random(t, g->conf->ticket_rotation);
	t->from_file = g->conf->ticket_key_file != NULL;
}
