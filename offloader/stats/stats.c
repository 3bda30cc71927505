/*
 * stats.c - counters in shared memory, which outlive whoever counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/log.h"
#include "stats/stats.h"

#define SIGN		"offloader board 1"
#define SEALS		(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define CLEARING	(-1)	/* a seat's owner: it is being made free */

struct memory {
	char sign[24];
	uint64_t layout;
	_Atomic uint32_t n_seats;		/* that have been taken once */
	_Atomic uint32_t n_fronts;
	_Atomic pid_t owner[BOARD_SEATS];	/* 0: free */
	char front[BOARD_FRONTS][BOARD_NAME];
	_Alignas(4096) struct {
		_Alignas(4096) struct tally tally;
	} seat[BOARD_SEATS];
};

struct board {
	struct memory *memory;
	int fd;			/* -1: it is only used */
	unsigned next;		/* front that is mostly asked for next */
};

/* ------------------------------------------------- the memory ----------- */

static struct memory *
map(int fd)
{
	struct memory *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_NORESERVE | (fd == -1 ? MAP_ANONYMOUS : 0), fd,
	    0);

	return m == MAP_FAILED ? NULL : m;
}

/* Memory that could shrink would kill us at the next count. */
static struct memory *
take(int fd)
{
	struct memory *m;
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals == -1 || (seals & SEALS) != SEALS || fstat(fd, &st) == -1 ||
	    st.st_size != sizeof *m || (m = map(fd)) == NULL)
		return NULL;
	if (memcmp(m->sign, SIGN, sizeof SIGN) == 0 &&
	    m->layout == board_layout(sizeof *m))
		return m;
	munmap(m, sizeof *m);
	return NULL;
}

static struct memory *
make(int *fd)
{
	struct memory *m = NULL;

	*fd = memfd_create("offloader-board", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd != -1 && (ftruncate(*fd, sizeof *m) == -1 ||
	    fcntl(*fd, F_ADD_SEALS, SEALS) == -1)) {
		/* The limit of a file's size: it will do, for one master. */
		close(*fd);
		*fd = -1;
	}
	if ((m = map(*fd)) == NULL) {
		if (*fd != -1)
			close(*fd);
		return NULL;
	}
	memcpy(m->sign, SIGN, sizeof SIGN);
	m->layout = board_layout(sizeof *m);
	m->n_fronts = 1;
	return m;
}

struct board *
board_new(int fd, bool *fresh)
{
	struct board *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->fd = fd;
	b->memory = fd != -1 ? take(fd) : NULL;
	*fresh = b->memory == NULL;
	if (*fresh && fd != -1)
		close(fd);
	if (*fresh && (b->memory = make(&b->fd)) == NULL) {
		free(b);
		return NULL;
	}
	return b;
}

int
board_fd(const struct board *b)
{
	return b->fd;
}

void
board_leave(struct board *b)
{
	if (b->fd != -1)
		close(b->fd);
	b->fd = -1;
}

void
board_free(struct board *b)
{
	if (b == NULL)
		return;
	munmap(b->memory, sizeof *b->memory);
	board_leave(b);
	free(b);
}

/* What others may have written is a number, not a promise. */
static unsigned
bounded(const _Atomic uint32_t *n, unsigned most)
{
	uint32_t value = atomic_load_explicit((_Atomic uint32_t *)n,
	    memory_order_acquire);

	return value < most ? value : most;
}

static unsigned
seats(const struct memory *m)
{
	return bounded(&m->n_seats, BOARD_SEATS);
}

static unsigned
fronts(const struct memory *m)
{
	return bounded(&m->n_fronts, BOARD_FRONTS);
}

/* ------------------------------------------------- seats ---------------- */

static void
clear_gauges(struct memory *m, struct tally *t)
{
	unsigned n = fronts(m);

	for (size_t i = 0; i < board_n_rows; i++) {
		const struct board_row *r = &board_rows[i];

		if ((r->kind == BOARD_GAUGE || r->kind == BOARD_BIGGEST) &&
		    r->place == BOARD_PROCESS)
			tally_set(t, r->at, 0);
	}
	for (unsigned i = 0; i < n; i++)
		if (t->front[i][BOARD_FRONT_ACTIVE] != 0)
			t->front[i][BOARD_FRONT_ACTIVE] = 0;
}

/* Two masters may be at it: only one of them gets it. */
static void
make_free(struct memory *m, unsigned seat, pid_t owner)
{
	if (!atomic_compare_exchange_strong(&m->owner[seat], &owner, CLEARING))
		return;
	clear_gauges(m, &m->seat[seat].tally);
	atomic_store(&m->owner[seat], 0);
}

void
board_rise(struct board *b, pid_t pid)
{
	unsigned n = seats(b->memory);

	for (unsigned i = 0; i < n; i++)
		if (b->memory->owner[i] == pid)
			make_free(b->memory, i, pid);
}

/* Workers whose master was killed have nobody who tells of their end. */
static void
sweep(struct memory *m)
{
	for (unsigned i = 0; i < seats(m); i++) {
		pid_t pid = m->owner[i];

		if (pid > 0 && kill(pid, 0) == -1 && errno == ESRCH)
			make_free(m, i, pid);
	}
}

static struct tally *
find_seat(struct memory *m)
{
	uint32_t n;

	for (unsigned i = 0; i < BOARD_SEATS; i++) {
		pid_t nobody = 0;

		if (!atomic_compare_exchange_strong(&m->owner[i], &nobody,
		    getpid()))
			continue;
		n = seats(m);
		while (n <= i && !atomic_compare_exchange_weak(&m->n_seats, &n,
		    i + 1))
			;
		return &m->seat[i].tally;
	}
	return NULL;
}

struct tally *
board_sit(struct board *b)
{
	struct tally *t;

	sweep(b->memory);
	if ((t = find_seat(b->memory)) != NULL)
		return t;
	log_warn("too many processes: this one's counters are not seen");
	t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return t == MAP_FAILED ? NULL : t;
}

/* ------------------------------------------------- frontends ------------ */

unsigned
board_front(struct board *b, const char *name)
{
	struct memory *m = b->memory;
	unsigned n = fronts(m);
	char call[BOARD_NAME];

	snprintf(call, sizeof call, "%s", name);
	/* They are asked for in the same order each time. */
	for (unsigned i = 0; i < n; i++) {
		unsigned k = (b->next + i) % n;

		if (k > 0 && strncmp(m->front[k], call, sizeof call) == 0) {
			b->next = k + 1;
			return k;
		}
	}
	if (n == BOARD_FRONTS)
		return 0;
	memcpy(m->front[n], call, sizeof call);
	atomic_store_explicit(&m->n_fronts, n + 1, memory_order_release);
	b->next = n + 1;
	return n;
}

char *
board_front_name(const struct board *b, unsigned place, char out[BOARD_NAME])
{
	snprintf(out, BOARD_NAME, "%.*s", BOARD_NAME - 1, place > 0 ?
	    b->memory->front[place] : "other");
	return out;
}

/* ------------------------------------------------- reading -------------- */

/* A gauge of which the biggest counts has been summed with the others. */
static void
find_biggest(const struct memory *seen, unsigned n, const struct board_row *r,
    struct board_view *v)
{
	struct memory *m = (struct memory *)seen;
	uint64_t most = 0;

	for (unsigned i = 0; i < n; i++) {
		uint64_t one = atomic_load_explicit(
		    &m->seat[i].tally.cell[r->at], memory_order_relaxed);

		most = one > most ? one : most;
	}
	v->cell[r->at] = most;
}

static void
look_at(const struct tally *seen, struct board_view *v)
{
	struct tally *t = (struct tally *)seen;	/* C11 atomics take no const */
	_Atomic uint64_t *from = &t->handshake[0][0][0][0];
	uint64_t *to = &v->handshake[0][0][0][0];

	for (unsigned i = 0; i < BOARD_CELLS; i++)
		v->cell[i] += atomic_load_explicit(&t->cell[i],
		    memory_order_relaxed);
	for (size_t i = 0; i < sizeof v->handshake / sizeof *to; i++)
		to[i] += atomic_load_explicit(&from[i], memory_order_relaxed);
	for (unsigned i = 0; i < v->n_fronts; i++)
		for (unsigned k = 0; k < BOARD_FRONT_CELLS; k++)
			v->front[i][k] += atomic_load_explicit(
			    &t->front[i][k], memory_order_relaxed);
}

void
board_look(const struct board *b, struct board_view *v)
{
	unsigned n = seats(b->memory);

	memset(v, 0, sizeof *v);
	v->n_fronts = fronts(b->memory);
	for (unsigned i = 0; i < n; i++)
		look_at(&b->memory->seat[i].tally, v);
	for (size_t i = 0; i < board_n_rows; i++)
		if (board_rows[i].kind == BOARD_BIGGEST)
			find_biggest(b->memory, n, &board_rows[i], v);
}
