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

#define SERVING		(FILTER_WORKER | FILTER_SIGNER | FILTER_REPORTER)

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
	    FILTER_WORKER);
}

/* ------------------------------------------------- the kernel's word ----- */

enum { DONE = 0, KILLED = -1 };		/* or an errno */

struct attempt {
	const struct sandbox_role *role;
	int comes;
	long number, arg[6];
};

static _Noreturn void
attempt(const struct attempt *a, const struct sandbox_config *config)
{
	const long *p = a->arg;
	long r;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    filter_load(a->role, config) != 0)
		_exit(255);
	errno = 0;
	r = syscall(a->number, p[0], p[1], p[2], p[3], p[4], p[5]);
	syscall(SYS_exit_group, r == -1 ? errno : 0);
	__builtin_unreachable();
}

static void
try_one(const struct attempt *a, const struct sandbox_config *config)
{
	int status;
	pid_t pid = fork();

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		attempt(a, config);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) ? a->comes != KILLED ||
	    WTERMSIG(status) != SIGSYS : WEXITSTATUS(status) != a->comes)
		fail_msg("%s, call %ld(%ld, %ld, %ld, %ld): status %x",
		    a->role->name, a->number, a->arg[0], a->arg[1], a->arg[2],
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
		{ &sandbox_worker, DONE, SYS_getpid, { 0 } },
		{ &sandbox_worker, EACCES, SYS_openat, { AT_FDCWD, PATH } },
		{ &sandbox_worker, EACCES, SYS_ioctl, { 2, 0x5401 } },
		{ &sandbox_worker, KILLED, SYS_execve, { PATH } },
		{ &sandbox_worker, KILLED, SYS_clone, { SIGCHLD } },
		{ &sandbox_worker, KILLED, SYS_fcntl, { 1, F_DUPFD, 9 } },
		{ &sandbox_worker, DONE, SYS_fcntl, { 1, F_GETFL } },
		{ &sandbox_worker, DONE, SYS_mmap, { 0, 1, RW, ANON, -1 } },
		{ &sandbox_worker, KILLED, SYS_mmap,
		  { 0, 1, RW | PROT_EXEC, ANON, -1 } },
		{ &sandbox_worker, KILLED, SYS_mmap,
		  { 0, 1, PROT_READ, MAP_PRIVATE, 0 } },
		{ &sandbox_worker, KILLED, SYS_tgkill, { 1, 1, 0 } },
		{ &sandbox_worker, EBADF, SYS_setsockopt,
		  { -1, IPPROTO_TCP, 1 } },
		{ &sandbox_worker, KILLED, SYS_setsockopt,
		  { -1, SOL_SOCKET, SO_ATTACH_FILTER } },
		{ &sandbox_worker, KILLED, SYS_setsockopt,
		  { -1, IPPROTO_IPV6, 1 } },
		{ &sandbox_worker, EBADF, SYS_sendto, { -1, 0, 0, 0 } },
		{ &sandbox_worker, KILLED, SYS_sendto,
		  { -1, 0, 0, MSG_FASTOPEN } },
		{ &sandbox_keyguard, DONE, SYS_openat,
		  { AT_FDCWD, PATH, O_RDONLY | O_CLOEXEC } },
		{ &sandbox_keyguard, EACCES, SYS_openat,
		  { AT_FDCWD, PATH, O_WRONLY } },
		{ &sandbox_keyguard, EACCES, SYS_openat,
		  { AT_FDCWD, PATH, O_RDWR | O_CREAT } },
		{ &sandbox_keyguard, EACCES, SYS_mmap,
		  { 0, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, 0 } },
		{ &sandbox_keyguard, EACCES, SYS_socket, { AF_INET, STREAM } },
		{ &sandbox_keyguard, EACCES, SYS_socket, { AF_UNIX, STREAM } },
		{ &sandbox_keyguard, KILLED, SYS_execve, { PATH } },
		{ &sandbox_keyguard, KILLED, SYS_ptrace, { 0 } },
		{ &sandbox_tokens, DONE, SYS_mmap,
		  { 0, 1, RW | PROT_EXEC, ANON, -1 } },
		{ &sandbox_tokens, DONE, SYS_socket, { AF_UNIX, STREAM } },
		{ &sandbox_tokens, EPERM, SYS_socket, { AF_INET6, STREAM } },
		{ &sandbox_tokens, EPERM, SYS_execve, { PATH } },
		{ &sandbox_signer, EACCES, SYS_openat, { AT_FDCWD, PATH } },
		{ &sandbox_signer, EACCES, SYS_socket, { AF_UNIX, STREAM } },
		{ &sandbox_signer, KILLED, SYS_connect, { -1 } },
		{ &sandbox_signer, KILLED, SYS_accept4, { 0 } },
		{ &sandbox_signer, EBADF, SYS_recvmsg, { -1 } },
		{ &sandbox_reporter, EACCES, SYS_socket, { AF_INET, STREAM } },
		{ &sandbox_reporter, KILLED, SYS_connect, { -1 } },
		{ &sandbox_reporter, EBADF, SYS_accept4, { -1 } },
		{ &sandbox_reporter, EACCES, SYS_openat, { AT_FDCWD, PATH } }
	};
	const struct sandbox_config config = { .mode = SANDBOX_ON };

	(void)state;
	if (filter_missing() != NULL)
		skip();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		try_one(&rows[i], &config);
}

/* Whatever the backend's addresses are, and whether there is a syslog. */
static void
test_sockets_are_of_the_backends_families_only(void **state)
{
	static const int family[] = { AF_UNSPEC, AF_UNIX, AF_INET, 3, 9,
	    AF_INET6, 11, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK, 1000, -1 };
	struct endpoint at[2] = { 0 };
	struct endpoints backend = { at, 2 };
	struct sandbox_config config = { .mode = SANDBOX_ON, .backend =
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
		config.syslog = set & 1;
		for (size_t i = 0; i < sizeof family / sizeof *family; i++) {
			struct attempt a = { &sandbox_worker, EACCES,
			    SYS_socket, { family[i], STREAM, 0 } };

			for (size_t k = 0; k < backend.n; k++)
				if (at[k].sa.sa_family == family[i])
					a.comes = DONE;
			try_one(&a, &config);
		}
		try_one(&(struct attempt){ &sandbox_worker, config.syslog ?
		    DONE : EACCES, SYS_socket, { AF_UNIX, SOCK_DGRAM, 0 } },
		    &config);
	}
}

static void
test_whoever_logs_to_syslog_finds_it_again(void **state)
{
	const struct sandbox_config config = { .mode = SANDBOX_ON, .syslog =
	    true };
	static const struct sandbox_role *const roles[] = {
	    &sandbox_worker, &sandbox_keyguard, &sandbox_signer,
	    &sandbox_reporter, &sandbox_tokens };

	(void)state;
	if (filter_missing() != NULL)
		skip();
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		try_one(&(struct attempt){ roles[i], DONE, SYS_socket,
		    { AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK } },
		    &config);
		try_one(&(struct attempt){ roles[i], EBADF, SYS_connect,
		    { -1 } }, &config);
	}
}

static void
test_of_a_family_only_plain_streams(void **state)
{
	struct endpoint at = { .sa.sa_family = AF_INET };
	struct endpoints backend = { &at, 1 };
	const struct sandbox_config config = { .mode = SANDBOX_ON,
	    .backend = &backend };
	const struct attempt rows[] = {
		{ &sandbox_worker, DONE, SYS_socket, { AF_INET, STREAM, 0 } },
		{ &sandbox_worker, KILLED, SYS_socket,
		  { AF_INET, SOCK_DGRAM } },
		{ &sandbox_worker, KILLED, SYS_socket, { AF_INET, SOCK_RAW } },
		{ &sandbox_worker, KILLED, SYS_socket,
		  { AF_INET, STREAM, IPPROTO_MPTCP } }
	};

	(void)state;
	if (filter_missing() != NULL)
		skip();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		try_one(&rows[i], &config);
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
