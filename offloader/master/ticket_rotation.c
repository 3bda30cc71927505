/*
 * ticket_rotation.c - who makes the session-ticket keys, and when.
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
		log_error("no new session-ticket key: no randomness");
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

/* What is handed over. Another layout gets another sign. */
#define SIGN	"offloader tickets 1"

struct heirloom {
	char sign[24];
	struct ticket_keys keys;
	bool from_file;
};

int
ticket_rotation_hand(const struct ticket_rotation *t)
{
	struct heirloom h = { .sign = SIGN, .from_file = t->from_file };
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
	struct heirloom h = { .from_file = false };

	if (fd == -1)
		return;
	/* One byte more would be another layout, too. */
	if (lseek(fd, 0, SEEK_END) == sizeof h &&
	    pread(fd, &h, sizeof h, 0) == sizeof h &&
	    memcmp(h.sign, SIGN, sizeof SIGN) == 0) {
		slot_write(t->slot, &h.keys, sizeof h.keys);
		t->from_file = h.from_file;
	} else
		log_warn("ticket keys of another version were handed to us: "
		    "sessions begin anew");
	OPENSSL_cleanse(&h, sizeof h);
	close(fd);
}

static void
follow_file(struct ticket_rotation *t, struct generation *g)
{
	ev_timer_stop(t->loop, &t->rotate);
	t->each = 0;
	/* None: it was taken before. */
	if (g->ticket_keys != NULL)
		slot_write(t->slot, g->ticket_keys, sizeof *g->ticket_keys);
	generation_forget_keys(g);
}

/* Reloads do not put a rotation off. */
static void
follow_chance(struct ticket_rotation *t, double each)
{
	/* Whoever has the file must not read what is sealed from now on. */
	if (t->from_file)
		rotate(t);
	if (t->each == each)
		return;
	t->each = t->rotate.repeat = each;
	ev_timer_again(t->loop, &t->rotate);
}

void
ticket_rotation_follow(struct ticket_rotation *t, struct generation *g)
{
	if (g->conf->ticket_key_file != NULL)
		follow_file(t, g);
	else
		follow_chance(t, g->conf->ticket_rotation);
	t->from_file = g->conf->ticket_key_file != NULL;
}
