/*
 * os.c - calls that differ between systems or are easy to get wrong.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/os.h"

/* Both versions of control groups have a quota of time in each period. */
static int
quota_to_cpus(long long quota, long long period)
{
	long long cpus;

	if (quota <= 0 || period <= 0)
		return 0;
	cpus = quota / period + (quota % period != 0);
	return cpus > INT_MAX ? INT_MAX : (int)cpus;
}

static bool
read_line(const char *folder, const char *name, char *out, int size)
{
	char path[PATH_MAX];
	bool got;
	FILE *f;

	if (snprintf(path, sizeof path, "%s/%s", folder, name) >=
	    (int)sizeof path || (f = fopen(path, "re")) == NULL)
		return false;
	got = fgets(out, size, f) != NULL;
	fclose(f);
	return got;
}

static int
quota_v2(const char *folder)
{
	long long quota, period;
	char line[64];

	/* "max 100000" without a quota */
	if (!read_line(folder, "cpu.max", line, sizeof line) ||
	    sscanf(line, "%18lld %18lld", &quota, &period) != 2)
		return 0;
	return quota_to_cpus(quota, period);
}

static int
quota_v1(const char *folder)
{
	long long quota, period;
	char line[64];

	/* -1 without a quota */
	if (!read_line(folder, "cpu.cfs_quota_us", line, sizeof line) ||
	    sscanf(line, "%18lld", &quota) != 1 ||
	    !read_line(folder, "cpu.cfs_period_us", line, sizeof line) ||
	    sscanf(line, "%18lld", &period) != 1)
		return 0;
	return quota_to_cpus(quota, period);
}

static int
less(int a, int b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/*
 * The least quota of a group and its parents. A group may be missing: in a
 * container the path may be the host's.
 */
static int
least_quota(const char *mount, char *group, int (*quota)(const char *))
{
	char folder[PATH_MAX], *slash;
	int cpus = 0;

	for (;;) {
		if (snprintf(folder, sizeof folder, "%s%s", mount, group) <
		    (int)sizeof folder)
			cpus = less(cpus, quota(folder));
		if ((slash = strrchr(group, '/')) == NULL)
			return cpus;
		*slash = '\0';
	}
}

/* True if a list such as "cpuset,cpu,cpuacct" contains "cpu". */
static bool
controls_cpu(const char *list)
{
	size_t n;

	for (;; list += n + 1) {
		n = strcspn(list, ",");
		if (n == 3 && strncmp(list, "cpu", 3) == 0)
			return true;
		if (list[n] == '\0')
			return false;
	}
}

/* A line is NUMBER:CONTROLLERS:GROUP; version 2 has number 0 and no list. */
static int
line_quota(char *line, const char *mount)
{
	char folder[PATH_MAX];
	char *list = strchr(line, ':'), *group;

	line[strcspn(line, "\n")] = '\0';
	if (list == NULL || (group = strchr(++list, ':')) == NULL)
		return 0;
	*group++ = '\0';
	if (*list == '\0')
		return least_quota(mount, group, quota_v2);
	if (!controls_cpu(list) || snprintf(folder, sizeof folder, "%s/cpu",
	    mount) >= (int)sizeof folder)
		return 0;
	return least_quota(folder, group, quota_v1);
}

int
os_cgroup_cpus(const char *membership, const char *mount)
{
	FILE *f = fopen(membership, "re");
	char line[PATH_MAX];
	int cpus = 0;

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof line, f) != NULL)
		cpus = less(cpus, line_quota(line, mount));
	fclose(f);
	return cpus;
}

static int
bound_cpus(void)
{
	cpu_set_t set;
	long n;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		return CPU_COUNT(&set);
	/* More CPUs than the set can hold. */
	n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : (int)n;
}

int
os_cpus(void)
{
	return less(bound_cpus(),
	    os_cgroup_cpus("/proc/self/cgroup", "/sys/fs/cgroup"));
}

unsigned long
os_raise_descriptors(void)
{
	struct rlimit limit;
	rlim_t soft;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 0;
	soft = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		return soft;
	return limit.rlim_cur;
}

void
os_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

int
os_pair(int fd[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0, fd);
}

int
os_pair_to_wait(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) == -1)
		return -1;
	/* It cannot fail for a socket of ours. */
	return fcntl(fd[0], F_SETFL, O_NONBLOCK);
}

int
os_stream(int fd[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd);
}

double
os_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
os_process_name(const char *name)
{
	(void)prctl(PR_SET_NAME, name, 0, 0, 0);
}

void
os_be_patient(void)
{
	const struct sched_param none = { .sched_priority = 0 };

	(void)sched_setscheduler(0, SCHED_BATCH, &none);
}

/* ------------------------------------------------- program --------------- */

/* "FOLDER/NAME" if it is executable. */
static char *
in_folder(const char *folder, size_t len, const char *name)
{
	char *path;

	if (asprintf(&path, "%.*s/%s", len > 0 ? (int)len : 1,
	    len > 0 ? folder : ".", name) == -1)
		return NULL;
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static char *
in_path(const char *name)
{
	const char *p = getenv("PATH");
	char *found;
	size_t len;

	for (; p != NULL && *p != '\0'; p += len + (p[len] == ':')) {
		len = strcspn(p, ":");
		if ((found = in_folder(p, len, name)) != NULL)
			return found;
	}
	return NULL;
}

static char *
from_root(char *path)
{
	char *here, *whole;

	if (path == NULL || path[0] == '/')
		return path;
	here = getcwd(NULL, 0);
	if (here == NULL || asprintf(&whole, "%s/%s", here, path) == -1)
		whole = NULL;
	free(here);
	free(path);
	return whole;
}

char *
os_program(const char *argv0)
{
	if (argv0 == NULL || *argv0 == '\0')
		return NULL;
	return from_root(strchr(argv0, '/') != NULL ? strdup(argv0) :
	    in_path(argv0));
}
