/*
 * landlock.c - which files and ports a process can still use.
 *
 * The constants of linux/landlock.h are repeated here: the header may be much
 * older than the kernel that runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/landlock.h"

/* The same numbers on every architecture. */
#define CREATE_RULESET	444
#define ADD_RULE	445
#define RESTRICT_SELF	446

#define ASK_VERSION	1		/* a flag of CREATE_RULESET */

#define RULE_PATH	1
#define RULE_PORT	2

#define FS_READ_FILE	(1ULL << 2)
#define FS_READ_DIR	(1ULL << 3)
#define NET_BIND	(1ULL << 0)
#define NET_CONNECT	(1ULL << 1)
#define SCOPE_ABSTRACT	(1ULL << 0)
#define SCOPE_SIGNAL	(1ULL << 1)

/* Each version added fields at the end, and bits of files at the top. */
struct ruleset {
	uint64_t files, net, scope;
};

struct path_rule {
	uint64_t allowed;
	int32_t folder;
} __attribute__((packed));

struct port_rule {
	uint64_t allowed, port;
};

/* The size of struct ruleset in each version, and its file rights. */
static const struct abi {
	unsigned char size, n_files;
} abis[] = {
	{ 0, 0 }, { 8, 13 }, { 8, 14 }, { 8, 15 }, { 16, 15 }, { 16, 16 },
	{ 24, 16 }
};

#define NEWEST	((int)(sizeof abis / sizeof *abis) - 1)

int
landlock_abi(void)
{
	long n = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);

	return n < 0 ? 0 : (int)n;
}

static int
add_root(int rules, uint64_t allowed)
{
	struct path_rule rule = { .allowed = allowed };
	long r;

	if ((rule.folder = open("/", O_PATH | O_CLOEXEC)) == -1)
		return -1;
	r = syscall(ADD_RULE, rules, RULE_PATH, &rule, 0);
	close(rule.folder);
	return (int)r;
}

static int
add_port(int rules, unsigned short port)
{
	const struct port_rule rule = { NET_CONNECT, port };

	return (int)syscall(ADD_RULE, rules, RULE_PORT, &rule, 0);
}

static int
add_rules(int rules, const struct landlock_rules *l, const struct ruleset *set)
{
	if (l->files == LANDLOCK_FILES_READ &&
	    add_root(rules, FS_READ_FILE | FS_READ_DIR) == -1)
		return -1;
	return set->net == 0 || l->port == 0 ? 0 : add_port(rules, l->port);
}

int
landlock_enter(const struct landlock_rules *l)
{
	int abi = landlock_abi();
	const struct abi *a = &abis[abi < NEWEST ? abi : NEWEST];
	struct ruleset set = {
		.files = l->files == LANDLOCK_FILES_ALL ? 0 :
		    (1ULL << a->n_files) - 1,
		.net = a->size >= 16 ? NET_BIND | NET_CONNECT : 0,
		.scope = a->size >= 24 ? SCOPE_ABSTRACT | SCOPE_SIGNAL : 0
	};
	int rules, saved_errno, r;

	if (abi == 0)
		return -1;
	/* An old kernel refuses an empty rule set with ENOMSG. */
	if (set.files == 0 && set.net == 0)
		return 0;
	rules = (int)syscall(CREATE_RULESET, &set, (size_t)a->size, 0);
	if (rules == -1)
		return -1;
	r = add_rules(rules, l, &set);
	if (r == 0)
		r = (int)syscall(RESTRICT_SELF, rules, 0);
	saved_errno = errno;
	close(rules);
	errno = saved_errno;
	return r;
}
