/*
 * stats.c - counters in shared memory that outlive the processes that count.
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

/* As in earlier versions, whose counters are kept at an upgrade. */
#define SIGN		"offloader board 1"
#define SEALS		(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define CLEARING	(-1)	/* owner of a slot that is being freed */

struct memory {
	char sign[24];
	uint64_t layout;
	_Atomic uint32_t n_slots;		/* that have been taken once */
	_Atomic uint32_t n_fronts;
	_Atomic pid_t owner[STATS_SLOTS];	/* 0: free */
	char front[STATS_FRONTS][STATS_FRONT_NAME];
	_Alignas(4096) struct {
		_Alignas(4096) struct counters counters;
	} slot[STATS_SLOTS];
};

struct stats {
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

/* If the memory could shrink, the next count would raise SIGBUS. */
static struct memory *
take_memory(int fd)
{
	struct memory *m;
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals == -1 || (seals & SEALS) != SEALS || fstat(fd, &st) == -1 ||
	    st.st_size != sizeof *m || (m = map(fd)) == NULL)
		return NULL;
	if (memcmp(m->sign, SIGN, sizeof SIGN) == 0 &&
	    m->layout == stats_layout(sizeof *m))
		return m;
	munmap(m, sizeof *m);
	return NULL;
}

static struct memory *
make_memory(int *fd)
{
	struct memory *m = NULL;

	*fd = memfd_create("offloader-stats", MFD_CLOEXEC | MFD_ALLOW_SEALING);
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
	m->layout = stats_layout(sizeof *m);
	m->n_fronts = 1;
	return m;
}

struct stats *
stats_new(int fd, bool *fresh)
{
	struct stats *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->fd = fd;
	b->memory = fd != -1 ? take_memory(fd) : NULL;
	*fresh = b->memory == NULL;
	if (*fresh && fd != -1)
		close(fd);
	if (*fresh && (b->memory = make_memory(&b->fd)) == NULL) {
		free(b);
		return NULL;
	}
	return b;
}

int
stats_fd(const struct stats *b)
{
	return b->fd;
}

void
stats_leave(struct stats *b)
{
	if (b->fd != -1)
		close(b->fd);
	b->fd = -1;
}

void
stats_free(struct stats *b)
{
	if (b == NULL)
		return;
	munmap(b->memory, sizeof *b->memory);
	stats_leave(b);
	free(b);
}

/* Other processes can write any number here: never trust it. */
static unsigned
bounded(const _Atomic uint32_t *n, unsigned most)
{
	uint32_t value = atomic_load_explicit((_Atomic uint32_t *)n,
	    memory_order_acquire);

	return value < most ? value : most;
}

static unsigned
slots(const struct memory *m)
{
	return bounded(&m->n_slots, STATS_SLOTS);
}

static unsigned
fronts(const struct memory *m)
{
	return bounded(&m->n_fronts, STATS_FRONTS);
}

/* ------------------------------------------------- slots ---------------- */

static void
clear_gauges(struct memory *m, struct counters *t)
{
	unsigned n = fronts(m);

	for (size_t i = 0; i < stats_n_rows; i++) {
		const struct stats_row *r = &stats_rows[i];

		if ((r->kind == STATS_GAUGE || r->kind == STATS_BIGGEST) &&
		    r->place == STATS_PROCESS)
			counters_set(t, r->at, 0);
	}
	for (unsigned i = 0; i < n; i++)
		if (t->front[i][STATS_FRONT_ACTIVE] != 0)
			t->front[i][STATS_FRONT_ACTIVE] = 0;
}

/* Two masters may try at the same time: only one of them succeeds. */
static void
make_free(struct memory *m, unsigned slot, pid_t owner)
{
	if (!atomic_compare_exchange_strong(&m->owner[slot], &owner, CLEARING))
		return;
	clear_gauges(m, &m->slot[slot].counters);
	atomic_store(&m->owner[slot], 0);
}

void
stats_detach(struct stats *b, pid_t pid)
{
	unsigned n = slots(b->memory);

	for (unsigned i = 0; i < n; i++)
		if (b->memory->owner[i] == pid)
			make_free(b->memory, i, pid);
}

/* If a master was killed, no process reports the end of its workers. */
static void
sweep(struct memory *m)
{
	for (unsigned i = 0; i < slots(m); i++) {
		pid_t pid = m->owner[i];

		if (pid > 0 && kill(pid, 0) == -1 && errno == ESRCH)
			make_free(m, i, pid);
	}
}

static struct counters *
find_slot(struct memory *m)
{
	uint32_t n;

	for (unsigned i = 0; i < STATS_SLOTS; i++) {
		pid_t nobody = 0;

		if (!atomic_compare_exchange_strong(&m->owner[i], &nobody,
		    getpid()))
			continue;
		n = slots(m);
		while (n <= i && !atomic_compare_exchange_weak(&m->n_slots, &n,
		    i + 1))
			;
		return &m->slot[i].counters;
	}
	return NULL;
}

struct counters *
stats_attach(struct stats *b)
{
	struct counters *t;

	sweep(b->memory);
	if ((t = find_slot(b->memory)) != NULL)
		return t;
	log_warn("too many processes: this one is not counted");
	t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return t == MAP_FAILED ? NULL : t;
}

/* ------------------------------------------------- frontends ------------ */

unsigned
stats_front(struct stats *b, const char *name)
{
	struct memory *m = b->memory;
	unsigned n = fronts(m);
	char call[STATS_FRONT_NAME];

	snprintf(call, sizeof call, "%s", name);
	/* They are looked up in the same order each time. */
	for (unsigned i = 0; i < n; i++) {
		unsigned k = (b->next + i) % n;

		if (k > 0 && strncmp(m->front[k], call, sizeof call) == 0) {
			b->next = k + 1;
			return k;
		}
	}
	if (n == STATS_FRONTS)
		return 0;
	memcpy(m->front[n], call, sizeof call);
	atomic_store_explicit(&m->n_fronts, n + 1, memory_order_release);
	b->next = n + 1;
	return n;
}

char *
stats_front_name(const struct stats *b, unsigned place,
    char out[STATS_FRONT_NAME])
{
	snprintf(out, STATS_FRONT_NAME, "%.*s", STATS_FRONT_NAME - 1,
	    place > 0 ? b->memory->front[place] : "other");
	return out;
}

/* ------------------------------------------------- reading -------------- */

/* The sum of all slots is wrong for a gauge whose maximum counts. */
static void
find_biggest(const struct memory *seen, unsigned n, const struct stats_row *r,
    struct stats_view *v)
{
	struct memory *m = (struct memory *)seen;
	uint64_t most = 0;

	for (unsigned i = 0; i < n; i++) {
		uint64_t one = atomic_load_explicit(
		    &m->slot[i].counters.cell[r->at], memory_order_relaxed);

		most = one > most ? one : most;
	}
	v->cell[r->at] = most;
}

static void
look_at(const struct counters *seen, struct stats_view *v)
{
	/* C11 atomics take no const */
	struct counters *t = (struct counters *)seen;
	_Atomic uint64_t *from = &t->handshake[0][0][0][0];
	uint64_t *to = &v->handshake[0][0][0][0];

	for (unsigned i = 0; i < STATS_CELLS; i++)
		v->cell[i] += atomic_load_explicit(&t->cell[i],
		    memory_order_relaxed);
	for (size_t i = 0; i < sizeof v->handshake / sizeof *to; i++)
		to[i] += atomic_load_explicit(&from[i], memory_order_relaxed);
	for (unsigned i = 0; i < v->n_fronts; i++)
		for (unsigned k = 0; k < STATS_FRONT_CELLS; k++)
			v->front[i][k] += atomic_load_explicit(
			    &t->front[i][k], memory_order_relaxed);
}

void
stats_read(const struct stats *b, struct stats_view *v)
{
	unsigned n = slots(b->memory);

	memset(v, 0, sizeof *v);
	v->n_fronts = fronts(b->memory);
	for (unsigned i = 0; i < n; i++)
		look_at(&b->memory->slot[i].counters, v);
	for (size_t i = 0; i < stats_n_rows; i++)
		if (stats_rows[i].kind == STATS_BIGGEST)
			find_biggest(b->memory, n, &stats_rows[i], v);
}

/* ------------------------------------------------- counters -------------- */

static void
add_to_histogram(struct counters *t, unsigned at, const uint64_t *bounds,
    unsigned n, uint64_t value)
{
	unsigned i = 0;

	while (i < n && value > bounds[i])
		i++;
	counters_add(t, at + i, 1);
	counters_add(t, at + n + 1, value);
}

void
counters_add_time(struct counters *t, enum stats_cell at, double seconds)
{
	add_to_histogram(t, at, stats_time_bounds, STATS_TIME_BOUNDS,
	    seconds > 0 ? (uint64_t)(seconds * STATS_SECOND) : 0);
}

void
counters_add_size(struct counters *t, enum stats_cell at, size_t bytes)
{
	add_to_histogram(t, at, stats_size_bounds, STATS_SIZE_BOUNDS, bytes);
}

void
counters_add_handshake(struct counters *t, unsigned version, unsigned cipher,
    const char *group, bool resumed)
{
	counters_bump(&t->handshake[stats_cipher(cipher)][stats_group(group)]
	    [stats_version(version)][resumed], 1);
}
