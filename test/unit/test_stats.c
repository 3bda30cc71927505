/*
 * test_stats.c - what was counted stays counted, whoever dies.
 */
#include <ctype.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stats/end_reason.h"
#include "stats/stats.h"

#define ROUNDS	200		/* children that are killed while they count */

static struct stats *
new_board(void)
{
	bool fresh = false;
	struct stats *b = stats_new(-1, &fresh);

	assert_non_null(b);
	assert_true(fresh);
	return b;
}

/* The caller frees it. */
static struct stats_view *
look(const struct stats *b)
{
	struct stats_view *v = malloc(sizeof *v);

	assert_non_null(v);
	stats_read(b, v);
	return v;
}

static uint64_t
value(const struct stats *b, unsigned cell)
{
	struct stats_view *v = look(b);
	uint64_t n = v->cell[cell];

	free(v);
	return n;
}

/* ------------------------------------------------- rows ----------------- */

static unsigned
cells_of(const struct stats_row *r)
{
	return r->n_bounds > 0 ? STATS_HISTOGRAM(r->n_bounds) :
	    r->room > 0 ? r->room : r->n;
}

static void
test_each_cell_belongs_to_one_row(void **state)
{
	unsigned process[STATS_CELLS] = { 0 }, front[STATS_FRONT_CELLS] = { 0 };

	(void)state;
	for (size_t i = 0; i < stats_n_rows; i++) {
		const struct stats_row *r = &stats_rows[i];

		for (unsigned k = 0; k < cells_of(r); k++)
			if (r->place == STATS_PROCESS)
				process[r->at + k]++;
			else if (r->place == STATS_FRONT)
				front[r->at + k]++;
	}
	for (unsigned i = 0; i < STATS_CELLS; i++)
		if (process[i] != 1)
			fail_msg("cell %u is in %u rows", i, process[i]);
	for (unsigned i = 0; i <= STATS_FRONT_OUT; i++)
		assert_int_equal(front[i], 1);
}

/* Of version 1 of the memory: changed, all counters begin at 0 once. */
static void
test_earlier_versions_counters_are_taken_over(void **state)
{
	struct stats *b = new_board();
	char sign[24];

	(void)state;
	assert_int_equal(pread(stats_fd(b), sign, sizeof sign, 0),
	    sizeof sign);
	assert_string_equal(sign, "offloader board 1");
	assert_true(stats_layout(1000) == 0xf794aa9c56ddec49);
	/* The hash leaves out which reason has which cell. */
	assert_int_equal(STATS_ENDED + END_NONE, 2);
	assert_int_equal(END_CLEAN, 1);
	assert_int_equal(END_KEYGUARD, 27);
	stats_free(b);
}

static bool
ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

static void
look_at_row(const struct stats_row *r)
{
	const char *unit = r->unit == STATS_BYTES ? "_bytes" :
	    r->unit == STATS_SECONDS ? "_seconds" : "";

	assert_int_equal(strncmp(r->name, "offloader_", 10), 0);
	for (const char *c = r->name; *c != '\0'; c++)
		assert_true(islower(*c) || *c == '_');
	assert_true(ends_in(r->name, "_total") == (r->kind == STATS_COUNTER));
	assert_non_null(strstr(r->name, unit));
	assert_true(isupper(*r->help) || isdigit(*r->help));
	assert_true(ends_in(r->help, "."));
	assert_true(r->label == NULL ? r->n <= 1 : r->n > 1);
	assert_true((r->kind == STATS_TIMES) == (r->n_bounds > 0));
	for (unsigned i = 1; i < r->n_bounds; i++)
		assert_true(r->bounds[i] > r->bounds[i - 1]);
	assert_true(r->room == 0 || r->n <= r->room);
	for (unsigned i = 0; r->values != NULL && i < r->n; i++)
		assert_non_null(r->values[i]);
}

static void
test_each_row_says_what_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < stats_n_rows; i++) {
		look_at_row(&stats_rows[i]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(stats_rows[i].name,
			    stats_rows[k].name);
	}
}

static void
test_handshakes_have_a_place_each(void **state)
{
	(void)state;
	for (unsigned i = 0; i < STATS_CIPHERS; i++)
		for (unsigned k = 0; k <= i; k++)
			assert_true((strcmp(stats_cipher_name(i),
			    stats_cipher_name(k)) == 0) == (i == k));
	for (unsigned i = 1; i < STATS_GROUPS - 1; i++)
		assert_int_equal(stats_group(stats_groups[i]), i);
	assert_string_equal(stats_groups[stats_group(NULL)], "none");
	assert_string_equal(stats_groups[stats_group("sect163k1")], "other");
	assert_string_equal(stats_versions[stats_version(0x0303)], "TLSv1.2");
	assert_string_equal(stats_versions[stats_version(0x0304)], "TLSv1.3");
	assert_string_equal(stats_versions[stats_version(0x7f1c)], "other");
	assert_string_equal(stats_cipher_name(stats_cipher(0x1303)),
	    "TLS_CHACHA20_POLY1305_SHA256");
	assert_string_equal(stats_cipher_name(stats_cipher(0xc02f)),
	    "ECDHE-RSA-AES128-GCM-SHA256");
	assert_string_equal(stats_cipher_name(stats_cipher(0)), "other");
}

/* ------------------------------------------------- counting ------------- */

static void
test_a_histogram_has_each_value_below_its_bound(void **state)
{
	struct stats *b = new_board();
	struct counters *t = stats_attach(b);
	const unsigned at = STATS_HANDSHAKE_TIME;

	(void)state;
	counters_add_time(t, at, 0.0001);	/* just within the first */
	counters_add_time(t, at, 0.0002);
	counters_add_time(t, at, 100);		/* beyond the last */
	counters_add_time(t, at, -1);		/* a clock was set back */
	assert_int_equal(value(b, at), 2);
	assert_int_equal(value(b, at + 1), 1);
	assert_int_equal(value(b, at + STATS_TIME_BOUNDS), 1);
	assert_int_equal(value(b, at + STATS_TIME_BOUNDS + 1), 100000300);
	counters_add_size(t, STATS_HEADER_SIZE, 107);
	assert_int_equal(value(b, STATS_HEADER_SIZE + 2), 1);
	stats_free(b);
}

static void
test_the_biggest_gauge_is_no_sum(void **state)
{
	struct stats *b = new_board();

	(void)state;
	counters_set(stats_attach(b), STATS_LOOP_LAG, 300);
	counters_set(stats_attach(b), STATS_LOOP_LAG, 500);
	counters_set(stats_attach(b), STATS_WORKERS, 1);
	counters_set(stats_attach(b), STATS_WORKERS, 1);
	assert_int_equal(value(b, STATS_LOOP_LAG), 500);
	assert_int_equal(value(b, STATS_WORKERS), 2);
	stats_free(b);
}

static void
test_handshakes_are_told_apart(void **state)
{
	struct stats *b = new_board();
	struct counters *t = stats_attach(b);
	struct stats_view *v;

	(void)state;
	counters_add_handshake(t, 0x0304, 0x1301, "x25519", false);
	counters_add_handshake(t, 0x0304, 0x1301, "x25519", true);
	counters_add_handshake(t, 0x0304, 0x1301, "x25519", true);
	counters_add_handshake(t, 0x0303, 0xffff, NULL, false);
	v = look(b);
	assert_int_equal(v->handshake[0][1][1][0], 1);
	assert_int_equal(v->handshake[0][1][1][1], 2);
	assert_int_equal(v->handshake[STATS_CIPHERS - 1][0][0][0], 1);
	free(v);
	stats_free(b);
}

/* ------------------------------------------------- frontends ------------ */

static void
test_a_frontend_keeps_its_place(void **state)
{
	struct stats *b = new_board();
	unsigned one = stats_front(b, "one"), two = stats_front(b, "two");
	struct stats_view *v;
	char name[STATS_FRONT_NAME];

	(void)state;
	assert_int_not_equal(one, two);
	assert_int_equal(stats_front(b, "one"), one);
	assert_int_equal(stats_front(b, "two"), two);
	/* A name that somebody chose is not that of all others. */
	assert_int_not_equal(stats_front(b, "other"), 0);
	assert_string_equal(stats_front_name(b, two, name), "two");
	assert_string_equal(stats_front_name(b, 0, name), "other");
	counters_add_front(stats_attach(b), two, STATS_FRONT_CONNECTIONS, 3);
	v = look(b);
	assert_int_equal(v->n_fronts, 4);
	assert_int_equal(v->front[two][STATS_FRONT_CONNECTIONS], 3);
	free(v);
	stats_free(b);
}

static void
test_frontends_beyond_what_is_bounded_are_others(void **state)
{
	struct stats *b = new_board();
	char name[32];

	(void)state;
	for (unsigned i = 1; i < STATS_FRONTS; i++) {
		snprintf(name, sizeof name, "front %u", i);
		assert_int_equal(stats_front(b, name), i);
	}
	assert_int_equal(stats_front(b, "one too many"), 0);
	assert_int_equal(stats_front(b, "front 7"), 7);
	stats_free(b);
}

static void
test_a_long_name_is_cut_and_found_again(void **state)
{
	struct stats *b = new_board();
	char name[2 * STATS_FRONT_NAME], out[STATS_FRONT_NAME];
	unsigned at;

	(void)state;
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	at = stats_front(b, name);
	assert_int_not_equal(at, 0);
	assert_int_equal(stats_front(b, name), at);
	assert_int_equal(strlen(stats_front_name(b, at, out)),
	    STATS_FRONT_NAME - 1);
	stats_free(b);
}

/* ------------------------------------------------- slots ---------------- */

/* Counts until it is killed, and says so once it has begun. */
static pid_t
start_counting(struct stats *b, unsigned front)
{
	int begun[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(begun), 0);
	if ((pid = fork()) == 0) {
		struct counters *t = stats_attach(b);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		counters_set(t, STATS_WORKERS, 1);
		counters_add_front(t, front, STATS_FRONT_ACTIVE, 7);
		for (;;) {
			counters_add(t, STATS_CONNECTS, 1);
			(void)!write(begun[1], "x", 1);
			close(begun[1]);
		}
	}
	assert_int_not_equal(pid, -1);
	close(begun[1]);
	assert_int_equal(read(begun[0], &byte, 1), 1);
	close(begun[0]);
	return pid;
}

static void
end(struct stats *b, pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	stats_detach(b, pid);
}

static void
test_a_killed_process_leaves_counters_and_no_gauges(void **state)
{
	struct stats *b = new_board();
	unsigned front = stats_front(b, "front");
	pid_t pid = start_counting(b, front);
	struct stats_view *v = look(b);
	uint64_t n;

	(void)state;
	assert_int_equal(v->cell[STATS_WORKERS], 1);
	assert_int_equal(v->front[front][STATS_FRONT_ACTIVE], 7);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	n = value(b, STATS_CONNECTS);
	assert_true(n > 0);
	stats_detach(b, pid);
	stats_read(b, v);
	assert_int_equal(v->cell[STATS_CONNECTS], n);
	assert_int_equal(v->cell[STATS_WORKERS], 0);
	assert_int_equal(v->front[front][STATS_FRONT_ACTIVE], 0);
	/* Who sits there next goes on from there. */
	counters_add(stats_attach(b), STATS_CONNECTS, 5);
	assert_int_equal(value(b, STATS_CONNECTS), n + 5);
	free(v);
	stats_free(b);
}

/* Their master was killed as well: nobody waits for them. */
static void
test_orphans_lose_their_slots_to_the_next_process(void **state)
{
	struct stats *b = new_board();
	pid_t pid = start_counting(b, 0);
	struct counters *t;

	(void)state;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(value(b, STATS_WORKERS), 1);
	t = stats_attach(b);
	assert_int_equal(value(b, STATS_WORKERS), 0);
	assert_true(t->cell[STATS_CONNECTS] > 0);
	stats_free(b);
}

static void
test_no_two_processes_share_a_seat(void **state)
{
	struct stats *b = new_board();
	struct counters *last = NULL;

	(void)state;
	for (unsigned i = 0; i < STATS_SLOTS; i++) {
		struct counters *t = stats_attach(b);

		assert_ptr_not_equal(t, last);
		assert_int_equal(t->cell[STATS_CONNECTS], 0);
		counters_add(t, STATS_CONNECTS, 1);
		last = t;
	}
	assert_int_equal(value(b, STATS_CONNECTS), STATS_SLOTS);
	/* One more counts where nobody reads, and breaks nothing. */
	last = stats_attach(b);
	assert_non_null(last);
	counters_add(last, STATS_CONNECTS, 1);
	assert_int_equal(value(b, STATS_CONNECTS), STATS_SLOTS);
	munmap(last, sizeof *last);
	stats_free(b);
}

/* Kills and replaces counting children for ever. */
static void __attribute__((noreturn))
replace_for_ever(struct stats *b)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0; i < ROUNDS; i++)
		end(b, start_counting(b, 0));
	_exit(0);
}

static void
test_no_reader_sees_a_dip_while_processes_come_and_go(void **state)
{
	struct stats *b = new_board();
	struct stats_view *v = malloc(sizeof *v);
	uint64_t last = 0;
	unsigned rose = 0;
	pid_t pid;

	(void)state;
	assert_non_null(v);
	if ((pid = fork()) == 0)
		replace_for_ever(b);
	assert_int_not_equal(pid, -1);
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		stats_read(b, v);
		if (v->cell[STATS_CONNECTS] < last)
			fail_msg("%llu after %llu",
			    (unsigned long long)v->cell[STATS_CONNECTS],
			    (unsigned long long)last);
		rose += v->cell[STATS_CONNECTS] > last;
		last = v->cell[STATS_CONNECTS];
	}
	assert_true(last >= ROUNDS);
	assert_true(rose > 0);
	assert_int_equal(value(b, STATS_WORKERS), 0);
	free(v);
	stats_free(b);
}

/* ------------------------------------------------- hand-over ------------ */

static struct stats *
hand_over(struct stats *b, bool *fresh)
{
	struct stats *next = stats_new(dup(stats_fd(b)), fresh);

	assert_non_null(next);
	return next;
}

static void
test_the_next_program_goes_on_with_the_same_board(void **state)
{
	struct stats *b = new_board(), *next;
	struct counters *t = stats_attach(b);
	unsigned front = stats_front(b, "front");
	bool fresh = true;

	(void)state;
	counters_add(t, STATS_CONNECTS, 3);
	next = hand_over(b, &fresh);
	assert_false(fresh);
	assert_int_equal(stats_front(next, "front"), front);
	/* Both count for a while. */
	counters_add(stats_attach(next), STATS_CONNECTS, 4);
	counters_add(t, STATS_CONNECTS, 5);
	assert_int_equal(value(b, STATS_CONNECTS), 12);
	assert_int_equal(value(next, STATS_CONNECTS), 12);
	stats_free(b);
	assert_int_equal(value(next, STATS_CONNECTS), 12);
	stats_free(next);
}

static void
test_another_layout_begins_anew(void **state)
{
	struct stats *b = new_board(), *next;
	char sign[] = "offloader stats 0";
	bool fresh = false;

	(void)state;
	counters_add(stats_attach(b), STATS_CONNECTS, 3);
	assert_int_equal(pwrite(stats_fd(b), sign, sizeof sign, 0),
	    sizeof sign);
	next = hand_over(b, &fresh);
	assert_true(fresh);
	assert_int_equal(value(next, STATS_CONNECTS), 0);
	stats_free(next);
	stats_free(b);
}

static void
test_memory_that_could_shrink_is_not_taken(void **state)
{
	int fd = memfd_create("board", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stats *model = new_board(), *b;
	bool fresh = false;
	char head[64];

	(void)state;
	assert_int_equal(ftruncate(fd, lseek(stats_fd(model), 0, SEEK_END)),
	    0);
	assert_int_equal(pread(stats_fd(model), head, sizeof head, 0),
	    sizeof head);
	assert_int_equal(pwrite(fd, head, sizeof head, 0), sizeof head);
	b = stats_new(fd, &fresh);
	assert_non_null(b);
	assert_true(fresh);
	stats_free(b);
	stats_free(model);
}

static void
test_what_is_no_board_at_all_is_not_taken(void **state)
{
	struct stats *b;
	bool fresh = false;

	(void)state;
	b = stats_new(open("/dev/null", O_RDWR | O_CLOEXEC), &fresh);
	assert_non_null(b);
	assert_true(fresh);
	stats_free(b);
}

/* A worker that was taken over may write what it likes. */
static void
test_numbers_out_of_bounds_are_not_believed(void **state)
{
	struct stats *b = new_board();
	uint32_t many[2] = { UINT32_MAX, UINT32_MAX };

	(void)state;
	counters_add(stats_attach(b), STATS_CONNECTS, 3);
	/* n_seats and n_fronts follow the sign and the layout. */
	assert_int_equal(pwrite(stats_fd(b), many, sizeof many, 32),
	    sizeof many);
	assert_int_equal(value(b, STATS_CONNECTS), 3);
	assert_int_equal(stats_front(b, "front"), 0);
	stats_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_cell_belongs_to_one_row),
		cmocka_unit_test(
		    test_earlier_versions_counters_are_taken_over),
		cmocka_unit_test(test_each_row_says_what_it_is),
		cmocka_unit_test(test_handshakes_have_a_place_each),
		cmocka_unit_test(
		    test_a_histogram_has_each_value_below_its_bound),
		cmocka_unit_test(test_the_biggest_gauge_is_no_sum),
		cmocka_unit_test(test_handshakes_are_told_apart),
		cmocka_unit_test(test_a_frontend_keeps_its_place),
		cmocka_unit_test(
		    test_frontends_beyond_what_is_bounded_are_others),
		cmocka_unit_test(test_a_long_name_is_cut_and_found_again),
		cmocka_unit_test(
		    test_a_killed_process_leaves_counters_and_no_gauges),
		cmocka_unit_test(
		    test_orphans_lose_their_slots_to_the_next_process),
		cmocka_unit_test(test_no_two_processes_share_a_seat),
		cmocka_unit_test(
		    test_no_reader_sees_a_dip_while_processes_come_and_go),
		cmocka_unit_test(
		    test_the_next_program_goes_on_with_the_same_board),
		cmocka_unit_test(test_another_layout_begins_anew),
		cmocka_unit_test(test_memory_that_could_shrink_is_not_taken),
		cmocka_unit_test(test_what_is_no_board_at_all_is_not_taken),
		cmocka_unit_test(test_numbers_out_of_bounds_are_not_believed)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
