/*
 * test_filter.c - what the table of system calls allows, and what the kernel
 * makes of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/filter.h"

#define ALL_SETS	((1U << FILTER_SETS) - 1)
#define BIT(set)	(1U << (set))
#define SERVING		(BIT(FILTER_WORKER) | BIT(FILTER_SIGNER) | \
			 BIT(FILTER_REPORTER))

static bool
is_unconditional(const struct filter_row *r)
{
	return r->arg[0].mask == 0;
}

/* The sets in which some row allows a call, whatever it asks of arguments. */
static unsigned
allowed(int call)
{
	unsigned sets = 0;

	for (const struct filter_row *r = filter_rows; r->sets != 0; r++)
		if (r->call == call && r->verdict == FILTER_ALLOW)
			sets |= r->sets;
	return sets;
}

/* libseccomp takes the first of two that overlap, or neither as written. */
static void
test_no_row_hides_another(void **state)
{
	(void)state;
	for (const struct filter_row *a = filter_rows; a->sets != 0; a++)
		for (const struct filter_row *b = a + 1; b->sets != 0; b++)
			if (a->call == b->call && (a->sets & b->sets) != 0 &&
			    (is_unconditional(a) || is_unconditional(b)))
				fail_msg("call %d has two rows", a->call);
}

static void
test_nobody_may_what_nobody_needs(void **state)
{
	static const int never[] = { SCMP_SYS(execve), SCMP_SYS(execveat),
	    SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	    SCMP_SYS(process_vm_writev), SCMP_SYS(bind), SCMP_SYS(listen),
	    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(bpf),
	    SCMP_SYS(keyctl), SCMP_SYS(io_uring_setup), SCMP_SYS(userfaultfd),
	    SCMP_SYS(perf_event_open), SCMP_SYS(unshare), SCMP_SYS(setns),
	    SCMP_SYS(memfd_create), SCMP_SYS(pkey_mprotect),
	    SCMP_SYS(personality), SCMP_SYS(pidfd_getfd), SCMP_SYS(shmat),
	    SCMP_SYS(init_module), SCMP_SYS(sendmmsg) };

	(void)state;
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		assert_int_equal(allowed(never[i]), 0);
}

static void
test_who_serves_strangers_has_no_files_and_no_children(void **state)
{
	static const int never[] = { SCMP_SYS(open), SCMP_SYS(openat),
	    SCMP_SYS(openat2), SCMP_SYS(stat), SCMP_SYS(newfstatat),
	    SCMP_SYS(readlink), SCMP_SYS(getdents64), SCMP_SYS(unlink),
	    SCMP_SYS(rename), SCMP_SYS(fork), SCMP_SYS(vfork),
	    SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(kill),
	    SCMP_SYS(tkill), SCMP_SYS(prctl), SCMP_SYS(setresuid),
	    SCMP_SYS(chroot), SCMP_SYS(ioctl), SCMP_SYS(socketpair) };

	(void)state;
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		assert_int_equal(allowed(never[i]) & SERVING, 0);
	assert_int_equal(allowed(SCMP_SYS(connect)) & SERVING,
	    BIT(FILTER_WORKER));
}

/* ------------------------------------------------- the kernel's word ----- */

enum { DONE = 0, KILLED = -1 };		/* or an errno */

struct attempt {
	enum filter_set set;
	int comes;
	long number, arg[6];
};

static _Noreturn void
attempt(const struct attempt *a, const struct sandbox_config *wish)
{
	const long *p = a->arg;
	long r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    filter_load(a->set, wish) != 0)
		_exit(255);
	errno = 0;
	r = syscall(a->number, p[0], p[1], p[2], p[3], p[4], p[5]);
	syscall(SYS_exit_group, r == -1 ? errno : 0);
	__builtin_unreachable();
}

static void
try_one(const struct attempt *a, const struct sandbox_config *wish)
{
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		attempt(a, wish);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) ? a->comes != KILLED ||
	    WTERMSIG(status) != SIGSYS : WEXITSTATUS(status) != a->comes)
		fail_msg("set %d, call %ld(%ld, %ld, %ld, %ld): status %x",
		    (int)a->set, a->number, a->arg[0], a->arg[1], a->arg[2],
		    a->arg[3], (unsigned)status);
}

static const char here[] = "/";

#define PATH	(long)here
#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define STREAM	(SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)

static void
test_the_kernel_answers_as_the_table_says(void **state)
{
	const struct attempt rows[] = {
		{ FILTER_WORKER, DONE, SYS_getpid, { 0 } },
		{ FILTER_WORKER, EACCES, SYS_openat, { AT_FDCWD, PATH } },
		{ FILTER_WORKER, EACCES, SYS_ioctl, { 2, 0x5401 } },
		{ FILTER_WORKER, KILLED, SYS_execve, { PATH } },
		{ FILTER_WORKER, KILLED, SYS_clone, { SIGCHLD } },
		{ FILTER_WORKER, KILLED, SYS_fcntl, { 1, F_DUPFD, 9 } },
		{ FILTER_WORKER, DONE, SYS_fcntl, { 1, F_GETFL } },
		{ FILTER_WORKER, DONE, SYS_mmap, { 0, 1, RW, ANON, -1 } },
		{ FILTER_WORKER, KILLED, SYS_mmap,
		  { 0, 1, RW | PROT_EXEC, ANON, -1 } },
		{ FILTER_WORKER, KILLED, SYS_mmap,
		  { 0, 1, PROT_READ, MAP_PRIVATE, 0 } },
		{ FILTER_WORKER, KILLED, SYS_tgkill, { 1, 1, 0 } },
		{ FILTER_WORKER, EBADF, SYS_setsockopt,
		  { -1, IPPROTO_TCP, 1 } },
		{ FILTER_WORKER, KILLED, SYS_setsockopt,
		  { -1, SOL_SOCKET, SO_ATTACH_FILTER } },
		{ FILTER_WORKER, KILLED, SYS_setsockopt,
		  { -1, IPPROTO_IPV6, 1 } },
		{ FILTER_WORKER, EBADF, SYS_sendto, { -1, 0, 0, 0 } },
		{ FILTER_WORKER, KILLED, SYS_sendto,
		  { -1, 0, 0, MSG_FASTOPEN } },
		{ FILTER_KEYGUARD, DONE, SYS_openat,
		  { AT_FDCWD, PATH, O_RDONLY | O_CLOEXEC } },
		{ FILTER_KEYGUARD, EACCES, SYS_openat,
		  { AT_FDCWD, PATH, O_WRONLY } },
		{ FILTER_KEYGUARD, EACCES, SYS_openat,
		  { AT_FDCWD, PATH, O_RDWR | O_CREAT } },
		{ FILTER_KEYGUARD, EACCES, SYS_mmap,
		  { 0, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, 0 } },
		{ FILTER_KEYGUARD, EACCES, SYS_socket, { AF_INET, STREAM } },
		{ FILTER_KEYGUARD, EACCES, SYS_socket, { AF_UNIX, STREAM } },
		{ FILTER_KEYGUARD, KILLED, SYS_execve, { PATH } },
		{ FILTER_KEYGUARD, KILLED, SYS_ptrace, { 0 } },
		{ FILTER_TOKENS, DONE, SYS_mmap,
		  { 0, 1, RW | PROT_EXEC, ANON, -1 } },
		{ FILTER_TOKENS, DONE, SYS_socket, { AF_UNIX, STREAM } },
		{ FILTER_TOKENS, EPERM, SYS_socket, { AF_INET6, STREAM } },
		{ FILTER_TOKENS, EPERM, SYS_execve, { PATH } },
		{ FILTER_SIGNER, EACCES, SYS_openat, { AT_FDCWD, PATH } },
		{ FILTER_SIGNER, EACCES, SYS_socket, { AF_UNIX, STREAM } },
		{ FILTER_SIGNER, KILLED, SYS_connect, { -1 } },
		{ FILTER_SIGNER, KILLED, SYS_accept4, { 0 } },
		{ FILTER_SIGNER, EBADF, SYS_recvmsg, { -1 } },
		{ FILTER_REPORTER, EACCES, SYS_socket, { AF_INET, STREAM } },
		{ FILTER_REPORTER, KILLED, SYS_connect, { -1 } },
		{ FILTER_REPORTER, EBADF, SYS_accept4, { -1 } },
		{ FILTER_REPORTER, EACCES, SYS_openat, { AT_FDCWD, PATH } }
	};
	const struct sandbox_config wish = { .mode = SANDBOX_ON };

	(void)state;
	if (filter_missing() != NULL)
		skip();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		try_one(&rows[i], &wish);
}

/* Whatever the backend's addresses are, and whether there is a syslog. */
static void
test_sockets_are_of_the_backends_families_only(void **state)
{
	static const int family[] = { AF_UNSPEC, AF_UNIX, AF_INET, 3, 9,
	    AF_INET6, 11, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK, 1000, -1 };
	struct endpoint at[2] = { 0 };
	struct endpoints backend = { at, 2 };
	struct sandbox_config wish = { .mode = SANDBOX_ON, .backend =
	    &backend };

	(void)state;
	if (filter_missing() != NULL)
		skip();
	for (unsigned set = 1; set < 8; set++) {
		const int has[] = { AF_UNIX, AF_INET, AF_INET6 };

		backend.n = 0;
		for (unsigned k = 0; k < 3; k++)
			if ((set & 1U << k) != 0 && backend.n < 2)
				at[backend.n++].sa.sa_family =
				    (sa_family_t)has[k];
		wish.syslog = set & 1;
		for (size_t i = 0; i < sizeof family / sizeof *family; i++) {
			struct attempt a = { FILTER_WORKER, EACCES, SYS_socket,
			    { family[i], STREAM, 0 } };

			for (size_t k = 0; k < backend.n; k++)
				if (at[k].sa.sa_family == family[i])
					a.comes = DONE;
			try_one(&a, &wish);
		}
		try_one(&(struct attempt){ FILTER_WORKER, wish.syslog ? DONE :
		    EACCES, SYS_socket, { AF_UNIX, SOCK_DGRAM, 0 } }, &wish);
	}
}

static void
test_whoever_logs_to_syslog_finds_it_again(void **state)
{
	const struct sandbox_config wish = { .mode = SANDBOX_ON, .syslog =
	    true };
	static const enum filter_set sets[] = { FILTER_WORKER, FILTER_KEYGUARD,
	    FILTER_SIGNER, FILTER_REPORTER, FILTER_TOKENS };

	(void)state;
	if (filter_missing() != NULL)
		skip();
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		try_one(&(struct attempt){ sets[i], DONE, SYS_socket,
		    { AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK } },
		    &wish);
		try_one(&(struct attempt){ sets[i], EBADF, SYS_connect,
		    { -1 } }, &wish);
	}
}

static void
test_of_a_family_only_plain_streams(void **state)
{
	struct endpoint at = { .sa.sa_family = AF_INET };
	struct endpoints backend = { &at, 1 };
	const struct sandbox_config wish = { .mode = SANDBOX_ON,
	    .backend = &backend };
	const struct attempt rows[] = {
		{ FILTER_WORKER, DONE, SYS_socket, { AF_INET, STREAM, 0 } },
		{ FILTER_WORKER, KILLED, SYS_socket, { AF_INET, SOCK_DGRAM } },
		{ FILTER_WORKER, KILLED, SYS_socket, { AF_INET, SOCK_RAW } },
		{ FILTER_WORKER, KILLED, SYS_socket,
		  { AF_INET, STREAM, IPPROTO_MPTCP } }
	};

	(void)state;
	if (filter_missing() != NULL)
		skip();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		try_one(&rows[i], &wish);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_row_hides_another),
		cmocka_unit_test(test_nobody_may_what_nobody_needs),
		cmocka_unit_test(
		    test_who_serves_strangers_has_no_files_and_no_children),
		cmocka_unit_test(test_the_kernel_answers_as_the_table_says),
		cmocka_unit_test(
		    test_sockets_are_of_the_backends_families_only),
		cmocka_unit_test(test_whoever_logs_to_syslog_finds_it_again),
		cmocka_unit_test(test_of_a_family_only_plain_streams)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
