/*
 * filter_rows.c - every system call that a confined process may make.
 *
 * A call without a row kills the process. What libraries try without need (to
 * read time zones, to ask for a terminal) is refused instead.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "sandbox/filter.h"

#define W	FILTER_WORKER
#define P	FILTER_KEYGUARD	/* plain: no tokens */
#define T	FILTER_TOKENS
#define K	(P | T)
#define S	FILTER_SIGNER
#define R	FILTER_REPORTER
#define ALL	(W | K | S | R)

#define ROW(name, sets, verdict, ...) \
    { SCMP_SYS(name), sets, FILTER_##verdict, { __VA_ARGS__ } }
#define ALWAYS		{ 0, 0, 0 }
#define ALLOW(name, sets)		ROW(name, sets, ALLOW, ALWAYS)
#define ALLOW_IF(name, sets, ...)	ROW(name, sets, ALLOW, __VA_ARGS__)
#define REFUSE(name, sets)		ROW(name, sets, REFUSE, ALWAYS)
#define REFUSE_IF(name, sets, ...)	ROW(name, sets, REFUSE, __VA_ARGS__)

#define ALL_BITS		0xffffffff
#define IS(n, what)	{ n, ALL_BITS, (uint32_t)(what) }
#define HAS(n, bits)	{ n, (uint32_t)(bits), (uint32_t)(bits) }
#define LACKS(n, bits)	{ n, (uint32_t)(bits), 0 }

/* Fast open connects, and Landlock does not see it. */
#define NO_CONNECT(n)	LACKS(n, MSG_FASTOPEN)

const struct filter_row filter_rows[] = {
	/* Bytes and descriptors. */
	ALLOW(read, ALL),
	ALLOW(readv, ALL),
	ALLOW(write, ALL),
	ALLOW(writev, ALL),
	ALLOW(close, ALL),
	ALLOW(lseek, ALL),
	ALLOW(fstat, ALL),
	ALLOW(recvfrom, ALL),
	ALLOW(recvmsg, ALL),
	ALLOW_IF(sendto, ALL, NO_CONNECT(3)),
	ALLOW_IF(sendmsg, ALL, NO_CONNECT(2)),
	ALLOW(shutdown, ALL),
	ALLOW_IF(fcntl, W | P | S | R, IS(1, F_GETFL)),
	ALLOW_IF(fcntl, W | P | S | R, IS(1, F_SETFL)),
	ALLOW_IF(fcntl, W | P | S | R, IS(1, F_GETFD)),
	ALLOW_IF(fcntl, W | P | S | R, IS(1, F_SETFD)),
	ALLOW(poll, ALL),
	ALLOW(ppoll, ALL),

	/* An event loop. libev makes a new epoll set after a stray event. */
	ALLOW(epoll_create1, W | K | R),
	ALLOW(epoll_ctl, W | K | R),
	ALLOW(epoll_wait, W | K | R),
	ALLOW(epoll_pwait, W | K | R),
	ALLOW(timerfd_settime, W | K | R),

	/* Memory without files and without code. */
	ALLOW(brk, ALL),
	ALLOW_IF(mmap, W | S | R, LACKS(2, PROT_EXEC), HAS(3, MAP_ANONYMOUS)),
	ALLOW_IF(mprotect, W | P | S | R, LACKS(2, PROT_EXEC)),
	ALLOW(munmap, ALL),
	ALLOW(mremap, ALL),
	ALLOW(madvise, ALL),
	ALLOW(mlock, ALL),
	ALLOW(mlock2, ALL),
	ALLOW(munlock, ALL),

	/* Time, random numbers, identity. */
	ALLOW(clock_gettime, ALL),
	ALLOW(clock_getres, ALL),
	ALLOW(gettimeofday, ALL),
	ALLOW(time, ALL),
	ALLOW(getrandom, ALL),
	ALLOW(getpid, ALL),
	ALLOW(gettid, ALL),
	ALLOW(getppid, ALL),
	ALLOW(getuid, ALL),
	ALLOW(geteuid, ALL),
	ALLOW(getgid, ALL),
	ALLOW(getegid, ALL),

	/* What libc does for itself; a worker's tgkill is in filter.c. */
	ALLOW(tgkill, K),
	ALLOW(futex, ALL),
	ALLOW(sched_yield, ALL),
	ALLOW(restart_syscall, ALL),
	ALLOW(rt_sigreturn, ALL),
	ALLOW(rt_sigprocmask, ALL),
	ALLOW(rt_sigaction, ALL),
	ALLOW(exit, ALL),
	ALLOW(exit_group, ALL),

	/* Clients and the backend; socket() is in filter.c. */
	ALLOW(accept4, W | T | R),
	ALLOW(connect, W),
	ALLOW(getsockname, W | R),
	ALLOW(getpeername, W | R),
	ALLOW(getsockopt, W | R),
	ALLOW_IF(setsockopt, W | R, IS(1, IPPROTO_TCP), IS(2, TCP_NODELAY)),
	ALLOW_IF(setsockopt, W | R, IS(1, IPPROTO_TCP), IS(2, TCP_KEEPIDLE)),
	ALLOW_IF(setsockopt, W | R, IS(1, SOL_SOCKET), IS(2, SO_KEEPALIVE)),
	ALLOW_IF(setsockopt, W | R, IS(1, SOL_SOCKET), IS(2, SO_RCVLOWAT)),
	ALLOW_IF(setsockopt, R, IS(1, IPPROTO_TCP), IS(2, TCP_CORK)),

	/* Files, for processes that need none. */
	REFUSE(open, W | S | R),
	REFUSE(openat, W | S | R),
	REFUSE(openat2, W | S | R),
	REFUSE(stat, W | S | R),
	REFUSE(lstat, W | S | R),
	REFUSE(newfstatat, W | S | R),
	REFUSE(statx, W | S | R),
	REFUSE(access, W | S | R),
	REFUSE(faccessat, W | S | R),
	REFUSE(faccessat2, W | S | R),
	REFUSE(readlink, W | S | R),
	REFUSE(readlinkat, W | S | R),
	REFUSE(ioctl, W | S | R | P),

	/* The keyguard reads any file and writes none. */
	ALLOW_IF(open, P, LACKS(1, O_ACCMODE | O_CREAT | O_TRUNC)),
	REFUSE_IF(open, P, HAS(1, O_WRONLY)),
	REFUSE_IF(open, P, HAS(1, O_RDWR)),
	ALLOW_IF(openat, P, LACKS(2, O_ACCMODE | O_CREAT | O_TRUNC)),
	REFUSE_IF(openat, P, HAS(2, O_WRONLY)),
	REFUSE_IF(openat, P, HAS(2, O_RDWR)),
	ALLOW(stat, K),
	ALLOW(lstat, K),
	ALLOW(newfstatat, K),
	ALLOW(statx, K),
	ALLOW(statfs, K),
	ALLOW(fstatfs, K),
	ALLOW(access, K),
	ALLOW(faccessat, K),
	ALLOW(faccessat2, K),
	ALLOW(readlink, K),
	ALLOW(readlinkat, K),
	ALLOW(getcwd, K),
	ALLOW(getdents64, K),
	ALLOW(pread64, K),
	ALLOW(fadvise64, K),
	ALLOW_IF(fcntl, P, IS(1, F_DUPFD_CLOEXEC)),
	ALLOW_IF(mmap, P, LACKS(2, PROT_EXEC)),
	/* NSS may load libraries; user names are found without them, too. */
	REFUSE_IF(mmap, P, HAS(2, PROT_EXEC)),

	/* It forks signers, which change user and confine themselves. */
	ALLOW(fork, K),
	ALLOW(clone, K),
	ALLOW(clone3, K),
	ALLOW(wait4, K),
	ALLOW(waitid, K),
	ALLOW(kill, K),
	ALLOW(set_robust_list, K),
	ALLOW(set_tid_address, K),
	ALLOW(rseq, K),
	ALLOW(sigaltstack, K),
	ALLOW(signalfd4, K),
	ALLOW(eventfd2, K),
	ALLOW(pipe2, K),
	ALLOW(socketpair, K),
	ALLOW(timerfd_create, K),
	ALLOW(clock_nanosleep, K),
	ALLOW(nanosleep, K),
	ALLOW(dup, K),
	ALLOW(dup2, K),
	ALLOW(dup3, K),
	ALLOW(umask, K),
	ALLOW(uname, K),
	ALLOW(sysinfo, K),
	ALLOW(sched_getaffinity, K),
	ALLOW(getgroups, K),
	ALLOW(setgroups, K),
	ALLOW(setgid, K),
	ALLOW(setuid, K),
	ALLOW(setreuid, K),
	ALLOW(setresgid, K),
	ALLOW(setresuid, K),
	ALLOW(getresuid, K),
	ALLOW(getresgid, K),
	ALLOW(chroot, K),
	ALLOW(chdir, K),
	ALLOW(capget, K),
	ALLOW(capset, K),
	ALLOW(prctl, K),
	ALLOW(getrlimit, K),
	ALLOW(setrlimit, K),
	ALLOW(prlimit64, K),
	ALLOW(seccomp, K),
	ALLOW(landlock_create_ruleset, K),
	ALLOW(landlock_add_rule, K),
	ALLOW(landlock_restrict_self, K),

	/* A token: a vendor's library, with files, a daemon or USB. */
	ALLOW(open, T),
	ALLOW(openat, T),
	ALLOW(pwrite64, T),
	ALLOW(ftruncate, T),
	ALLOW(fsync, T),
	ALLOW(fdatasync, T),
	ALLOW(flock, T),
	ALLOW(rename, T),
	ALLOW(unlink, T),
	ALLOW(mkdir, T),
	ALLOW(rmdir, T),
	ALLOW(fcntl, T),
	ALLOW(ioctl, T),
	ALLOW(mmap, T),
	ALLOW(mprotect, T),
	ALLOW(connect, T),
	ALLOW(getsockname, T),
	ALLOW(getpeername, T),
	ALLOW(getsockopt, T),
	ALLOW(setsockopt, T),
	ALLOW(select, T),
	ALLOW(pselect6, T),
	ROW(read, 0, ALLOW, ALWAYS)
};
