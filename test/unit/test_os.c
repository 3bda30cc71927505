/*
 * test_os.c - CPUs and their quotas, descriptors, pairs, users.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/os.h"
#include "base/os_user.h"

/* Runs a check in a child, which may then spoil itself. Its exit status. */
static int
in_child(int (*check)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(check());
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
write_file(const char *folder, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* A fixture for control groups: a file of membership, and nested groups. */
static const struct {
	const char *says;		/* for whoever reads a failure */
	const char *membership;
	const char *top, *outer, *inner;	/* cpu.max of each */
	int cpus;
} quotas[] = {
	{ "none", "0::/a/b\n", NULL, "max 100000\n", "max 100000\n", 0 },
	{ "whole", "0::/a/b\n", NULL, NULL, "200000 100000\n", 2 },
	{ "rounded up", "0::/a/b\n", NULL, NULL, "150000 100000\n", 2 },
	{ "less than one", "0::/a/b\n", NULL, NULL, "10000 100000\n", 1 },
	{ "least counts", "0::/a/b\n", NULL, "100000 100000\n",
	    "400000 100000\n", 1 },
	{ "only above", "0::/a/b\n", NULL, "300000 100000\n", "max 100000\n",
	    3 },
	{ "container", "0::/\n", "50000 25000\n", NULL, NULL, 2 },
	{ "path of the host", "0::/x/y/z\n", "50000 25000\n", NULL, NULL, 2 },
	{ "other controllers", "4:memory:/a\n3:cpuset:/a\n0::/a/b\n", NULL,
	    NULL, "100000 100000\n", 1 },
	{ "no line end", "0::/a/b", NULL, NULL, "100000 100000", 1 },
	{ "garbage", "::\n:\nx\n\n0:\n0::\n0::/a/b\n", NULL, NULL,
	    "x 100000\n", 0 },
	{ "zero", "0::/a/b\n", NULL, NULL, "100000 0\n", 0 },
	{ "negative", "0::/a/b\n", NULL, NULL, "-1 100000\n", 0 },
	{ "absurd", "0::/a/b\n", NULL, NULL, "999999999999999999 1\n",
	    INT32_MAX },
	{ "empty", "0::/a/b\n", NULL, NULL, "", 0 },
	{ "no group", "", "100000 100000\n", NULL, NULL, 0 },
};

static void
run_quiet(const char *command, const char *folder)
{
	char line[200];

	snprintf(line, sizeof line, "%s %s", command, folder);
	assert_int_equal(system(line), 0);
}

static void
test_a_quota_of_version_2_is_rounded_up(void **state)
{
	char top[] = "/tmp/test_os.XXXXXX", member[64];
	char outer[64], inner[64];

	(void)state;
	for (size_t i = 0; i < sizeof quotas / sizeof quotas[0]; i++) {
		memcpy(top + strlen(top) - 6, "XXXXXX", 6);
		assert_non_null(mkdtemp(top));
		snprintf(outer, sizeof outer, "%s/a", top);
		snprintf(inner, sizeof inner, "%s/a/b", top);
		snprintf(member, sizeof member, "%s/member", top);
		mkdir(outer, 0700);
		mkdir(inner, 0700);
		write_file(top, "member", quotas[i].membership);
		if (quotas[i].top != NULL)
			write_file(top, "cpu.max", quotas[i].top);
		if (quotas[i].outer != NULL)
			write_file(outer, "cpu.max", quotas[i].outer);
		if (quotas[i].inner != NULL)
			write_file(inner, "cpu.max", quotas[i].inner);
		if (os_cgroup_cpus(member, top) != quotas[i].cpus)
			fail_msg("%s: %d", quotas[i].says,
			    os_cgroup_cpus(member, top));
		run_quiet("rm -r", top);
	}
}

static void
test_a_quota_of_version_1_counts_too(void **state)
{
	char top[] = "/tmp/test_os.XXXXXX", member[64], cpu[64], group[64];

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(member, sizeof member, "%s/member", top);
	snprintf(cpu, sizeof cpu, "%s/cpu", top);
	snprintf(group, sizeof group, "%s/cpu/g", top);
	mkdir(cpu, 0700);
	mkdir(group, 0700);
	write_file(top, "member", "5:cpuset:/no\n4:cpuacct,cpu:/g\n0::/g\n");
	write_file(cpu, "cpu.cfs_quota_us", "-1\n");
	write_file(cpu, "cpu.cfs_period_us", "100000\n");
	write_file(group, "cpu.cfs_quota_us", "250000\n");
	write_file(group, "cpu.cfs_period_us", "100000\n");
	assert_int_equal(os_cgroup_cpus(member, top), 3);
	write_file(group, "cpu.cfs_quota_us", "-1\n");
	assert_int_equal(os_cgroup_cpus(member, top), 0);
	run_quiet("rm -r", top);
	assert_int_equal(os_cgroup_cpus(member, top), 0);
}

static int
cpus_when_bound_to_one(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) == -1)
		return 100;
	for (size_t i = 0, found = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &set))
			continue;
		if (found++ > 0)
			CPU_CLR(i, &set);
	}
	if (sched_setaffinity(0, sizeof set, &set) == -1)
		return 101;
	return os_cpus();
}

static void
test_a_process_bound_to_one_cpu_may_use_one(void **state)
{
	(void)state;
	assert_true(os_cpus() >= 1);
	assert_int_equal(in_child(cpus_when_bound_to_one), 1);
}

static int
raise_from_few(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 1;
	limit.rlim_cur = 16;
	if (limit.rlim_max > 64)
		limit.rlim_max = 64;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 2;
	if (os_raise_descriptors() != limit.rlim_max ||
	    getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 3;
	return limit.rlim_cur == limit.rlim_max ? 0 : 4;
}

static void
test_descriptors_are_raised_to_what_the_system_allows(void **state)
{
	(void)state;
	assert_int_equal(in_child(raise_from_few), 0);
}

static void
test_a_pair_keeps_messages_apart_and_never_blocks(void **state)
{
	char buf[8];
	int fd[2];

	(void)state;
	assert_int_equal(os_pair(fd), 0);
	assert_int_equal(read(fd[0], buf, sizeof buf), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(write(fd[1], "ab", 2), 2);
	assert_int_equal(write(fd[1], "c", 1), 1);
	assert_int_equal(read(fd[0], buf, sizeof buf), 2);
	assert_int_equal(read(fd[0], buf, sizeof buf), 1);
	assert_int_equal(fcntl(fd[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fd[1], F_GETFD), FD_CLOEXEC);
	close(fd[1]);
	assert_int_equal(read(fd[0], buf, sizeof buf), 0);
	close(fd[0]);
}

static char empty_folder[] = "/tmp/test_os.XXXXXX";

static int
become_nobody_in_an_empty_folder(void)
{
	gid_t groups[64];
	struct err e;
	int n;

	if (os_become("nobody", NULL, empty_folder, &e) == -1)
		return 1;
	n = getgroups(64, groups);
	if (getuid() == 0 || geteuid() == 0 || getgid() == 0 || n > 1 ||
	    (n == 1 && groups[0] != getgid()))
		return 2;
	if (setuid(0) == 0 || setgid(0) == 0)
		return 3;
	return access("/etc/passwd", F_OK) == -1 && rmdir("/") == -1 ? 0 : 4;
}

static int
become_a_group_only(void)
{
	gid_t groups[64];
	struct err e;

	if (os_become(NULL, "nogroup", NULL, &e) == -1)
		return 1;
	if (getuid() != 0 || getgid() == 0 || getegid() != getgid())
		return 2;
	return getgroups(64, groups) == 1 && groups[0] == getgid() ? 0 : 3;
}

static void
test_who_was_root_is_root_no_more(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(empty_folder));
	assert_int_equal(in_child(become_nobody_in_an_empty_folder), 0);
	assert_int_equal(in_child(become_a_group_only), 0);
	assert_int_equal(rmdir(empty_folder), 0);
}

static int
become_others_without_being_root(void)
{
	struct err e;

	if (geteuid() == 0 && os_become("nobody", NULL, NULL, &e) == -1)
		return 1;
	if (os_become("root", NULL, NULL, &e) == 0 ||
	    strstr(e.text, "root") == NULL || e.kind != ERR_OS)
		return 2;
	return os_become(NULL, NULL, "/tmp", &e) == -1 ? 0 : 3;
}

static int
become_who_one_is(void)
{
	struct err e;

	if (geteuid() == 0 && os_become("nobody", NULL, NULL, &e) == -1)
		return 1;
	return os_become(NULL, NULL, NULL, &e) == 0 &&
	    (getuid() != 65534 || os_become("nobody", NULL, NULL, &e) == 0) ?
	    0 : 2;
}

static void
test_without_root_one_can_only_stay_who_one_is(void **state)
{
	(void)state;
	assert_int_equal(in_child(become_others_without_being_root), 0);
	assert_int_equal(in_child(become_who_one_is), 0);
}

static void
test_users_groups_and_folders_that_are_not_there_are_named(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(os_check_user(NULL, NULL, NULL, &e), 0);
	assert_int_equal(os_check_user("root", "root", "/tmp", &e), 0);
	assert_int_equal(os_check_user("no-such-user", NULL, NULL, &e), -1);
	assert_non_null(strstr(e.text, "no-such-user"));
	assert_int_equal(os_check_user("root", "no-such-group", NULL, &e), -1);
	assert_non_null(strstr(e.text, "no-such-group"));
	assert_int_equal(os_check_user(NULL, NULL, "/no/such", &e), -1);
	assert_non_null(strstr(e.text, "/no/such"));
	assert_int_equal(e.kind, ERR_NO_FILE);
	assert_int_equal(os_check_user(NULL, NULL, "/etc/passwd", &e), -1);
	assert_int_equal(os_become("no-such-user", NULL, NULL, &e), -1);
	assert_non_null(strstr(e.text, "no-such-user"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_quota_of_version_2_is_rounded_up),
		cmocka_unit_test(test_a_quota_of_version_1_counts_too),
		cmocka_unit_test(test_a_process_bound_to_one_cpu_may_use_one),
		cmocka_unit_test(
		    test_descriptors_are_raised_to_what_the_system_allows),
		cmocka_unit_test(
		    test_a_pair_keeps_messages_apart_and_never_blocks),
		cmocka_unit_test(test_who_was_root_is_root_no_more),
		cmocka_unit_test(
		    test_without_root_one_can_only_stay_who_one_is),
		cmocka_unit_test(
		    test_users_groups_and_folders_that_are_not_there_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
