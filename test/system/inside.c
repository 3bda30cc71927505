/*
 * inside.c - the program, but that a confined process tries what it must not.
 *
 * It is linked of the objects that ship, with this in front of one function of
 * theirs: nothing of it is in the program itself. OFFLOADER_ACT in the
 * environment is ROLE:ACT or ROLE:ACT:NUMBER. The first process that enters
 * that role's sandbox acts, says how it went, and is gone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "log/log.h"
#include "sandbox/sandbox.h"

int __real_sandbox_enter(const struct sandbox_role *,
    const struct sandbox_config *, struct err *);
int __wrap_sandbox_enter(const struct sandbox_role *,
    const struct sandbox_config *, struct err *);

static long
act_open(int n)
{
	(void)n;
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static long
act_create(int n)
{
	(void)n;
	return open("/tmp/offloader-inside", O_WRONLY | O_CREAT | O_EXCL, 0600);
}

static long
act_stat(int n)
{
	struct stat st;

	(void)n;
	return stat("/etc/passwd", &st);
}

static long
act_unlink(int n)
{
	(void)n;
	return unlink("/tmp/offloader-inside");
}

static long
act_exec(int n)
{
	char name[] = "/bin/true", *argv[] = { name, NULL };

	(void)n;
	return execv(name, argv);
}

static long
act_fork(int n)
{
	pid_t pid = fork();

	(void)n;
	if (pid == 0)
		_exit(0);
	return pid;
}

static long
connect_from(int fd, int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return fd == -1 ? -1 : connect(fd, (struct sockaddr *)&at, sizeof at);
}

static long
act_connect(int port)
{
	return connect_from(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
	    port);
}

/* What Landlock has no eye for. */
static long
act_mptcp(int port)
{
	return connect_from(socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), port);
}

static long
act_fastopen(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return sendto(socket(AF_INET, SOCK_STREAM, 0), "x", 1, MSG_FASTOPEN,
	    (struct sockaddr *)&at, sizeof at);
}

static long
act_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long
act_datagram(int family)
{
	return socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static long
act_bind(int n)
{
	struct sockaddr_in at = { .sin_family = AF_INET };

	(void)n;
	return bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&at,
	    sizeof at);
}

static long
act_filter_socket(int n)
{
	return setsockopt(socket(AF_INET, SOCK_STREAM, 0), SOL_SOCKET,
	    SO_ATTACH_FILTER, &n, sizeof n);
}

/* A sibling's number is as good as the master's: the call itself ends us. */
static long
act_ptrace(int n)
{
	(void)n;
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static long
act_peek(int n)
{
	char here[16];
	struct iovec to = { here, sizeof here };
	struct iovec from = { &errno, sizeof here };

	(void)n;
	return process_vm_readv(getppid(), &to, 1, &from, 1, 0);
}

static long
act_kill(int n)
{
	(void)n;
	return kill(getppid(), SIGCONT);
}

static long
act_execmem(int n)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)n;
	return p == MAP_FAILED ? -1 : 0;
}

static long
act_mprotect(int n)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)n;
	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static long
act_ioctl(int n)
{
	return ioctl(STDERR_FILENO, TIOCSTI, &n);
}

static long
act_number(int n)
{
	return syscall(n, -1, 0, 0, 0, 0, 0);
}

static long
act_abort(int n)
{
	(void)n;
	abort();
}

static const struct act {
	const char *name;
	long (*play)(int number);
} acts[] = {
	{ "open", act_open }, { "create", act_create }, { "stat", act_stat },
	{ "unlink", act_unlink }, { "exec", act_exec }, { "fork", act_fork },
	{ "connect", act_connect }, { "mptcp", act_mptcp },
	{ "fastopen", act_fastopen }, { "socket", act_socket },
	{ "datagram", act_datagram }, { "bind", act_bind },
	{ "filter-socket", act_filter_socket }, { "ptrace", act_ptrace },
	{ "peek", act_peek }, { "kill", act_kill },
	{ "execmem", act_execmem }, { "mprotect", act_mprotect },
	{ "ioctl", act_ioctl }, { "number", act_number },
	{ "abort", act_abort }
};

static _Noreturn void
play(const char *name, int number)
{
	long r;

	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i].name, name) == 0) {
			errno = 0;
			r = acts[i].play(number);
			log_error("act %s: %s", name, r == -1 ?
			    strerror(errno) : "done");
			_exit(0);
		}
	log_error("act %s: nobody knows it", name);
	_exit(2);
}

int
__wrap_sandbox_enter(const struct sandbox_role *role,
    const struct sandbox_config *config, struct err *e)
{
	const char *words = getenv("OFFLOADER_ACT");
	char who[16], name[32];
	int number = 0, r = __real_sandbox_enter(role, config, e);

	if (r != 0 || words == NULL || sscanf(words, "%15[a-z]:%31[a-z-]:%i",
	    who, name, &number) < 2 || strcmp(who, role->name) != 0)
		return r;
	play(name, number);
}
