/*
 * sandbox.c - what a process gives up for good before it serves.
 *
 * Each part is tried only where sandbox_text() says that it is there, so that
 * the log tells the truth: a part that fails then ends the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/os_user.h"
#include "sandbox/filter.h"
#include "sandbox/sandbox.h"

/* ------------------------------------------------- Landlock -------------- */

/* What is left. Descriptors that are open already still work. */
struct landlock_rules {
	enum landlock_files files;
	unsigned short port;	/* TCP port to connect to, from ABI 4; or 0 */
};

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

/* The version that this kernel has. 0: none, and errno has the reason. */
static int
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

/*
 * Restricts this process and all that it forks. They cannot bind a TCP port
 * either (ABI 4), nor send signals to other processes or reach them through
 * abstract UNIX sockets (ABI 6). Needs NO_NEW_PRIVS. -1: errno.
 */
static int
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

/* ------------------------------------------------- roles ---------------- */

const struct sandbox_role sandbox_worker = {
	.name = "worker",
	.filter = FILTER_WORKER,
	.connects = true,
	.keys = true
};

/* It opens files that only root may read, and its signers change user. */
const struct sandbox_role sandbox_keyguard = {
	.name = "keyguard",
	.filter = FILTER_KEYGUARD,
	.files = LANDLOCK_FILES_READ,
	.forks = true,
	.capabilities = true,
	.keys = true
};

const struct sandbox_role sandbox_signer = {
	.name = "signer",
	.filter = FILTER_SIGNER,
	.keys = true
};

const struct sandbox_role sandbox_reporter = {
	.name = "reporter",
	.filter = FILTER_REPORTER
};

/* A library's thread counts as a child. */
const struct sandbox_role sandbox_tokens = {
	.name = "tokens",
	.filter = FILTER_TOKENS,
	.files = LANDLOCK_FILES_ALL,
	.connects = true,
	.forks = true,
	.libraries = true
};

/*
 * The leak sanitizer traces the process from outside and writes reports: such
 * a build cannot be confined.
 */
#ifdef OFFLOADER_SANITIZED
static const char *const unconfined = "built with sanitizers";
#else
static const char *const unconfined = NULL;
#endif

/* What this build and this kernel have. */
struct means {
	const char *no_filter, *no_landlock;	/* why not, or NULL */
	int landlock;				/* its version */
};

static void
look(struct means *m)
{
	if (unconfined != NULL) {
		*m = (struct means){ .no_filter = unconfined,
		    .no_landlock = unconfined };
		return;
	}
	m->no_filter = filter_missing();
	m->landlock = landlock_abi();
	m->no_landlock = m->landlock > 0 ? NULL : strerror(errno);
}

bool
sandbox_complete(unsigned mode)
{
	struct means m;

	look(&m);
	/* A build with sanitizers needs no warning. */
	if (mode == SANDBOX_ON && unconfined != NULL)
		return true;
	return mode == SANDBOX_OFF ||
	    (m.no_filter == NULL && m.no_landlock == NULL);
}

char *
sandbox_text(const struct sandbox_config *c, char *out, size_t size)
{
	const char *wider = "";
	char landlock[64];
	struct means m;

	look(&m);
	if (c->tokens && (m.no_filter == NULL || m.no_landlock == NULL))
		wider = "; wider, for keys in tokens";
	if (m.no_landlock == NULL)
		snprintf(landlock, sizeof landlock, "Landlock %d", m.landlock);
	else
		snprintf(landlock, sizeof landlock, "no Landlock (%s)",
		    m.no_landlock);
	if (c->mode == SANDBOX_OFF)
		snprintf(out, size, "off");
	else if (m.no_filter == NULL)
		snprintf(out, size, "system calls are filtered, %s%s", landlock,
		    wider);
	else
		snprintf(out, size, "system calls are not filtered (%s), %s%s",
		    m.no_filter, landlock, wider);
	return out;
}

int
sandbox_check(unsigned mode, struct err *e)
{
	const struct sandbox_config config = { .mode = mode };
	char text[SANDBOX_TEXT];

	if (mode != SANDBOX_STRICT || sandbox_complete(mode))
		return 0;
	return err_set_kind(e, ERR_OS, "sandbox = strict is not possible: "
	    "%s; use sandbox = on to confine as far as this system can",
	    sandbox_text(&config, text, sizeof text));
}

/* ------------------------------------------------- the parts ------------ */

/* All addresses of one backend have one port. */
static unsigned short
backend_port(const struct endpoints *at)
{
	for (size_t i = 0; at != NULL && i < at->n; i++) {
		const struct endpoint *ep = &at->at[i];

		if (ep->sa.sa_family == AF_INET)
			return ntohs(ep->addr.in.sin_port);
		if (ep->sa.sa_family == AF_INET6)
			return ntohs(ep->addr.in6.sin6_port);
	}
	return 0;
}

static int
give_up_rights(const struct sandbox_role *r, struct err *e)
{
	if (os_shed_execution(e) != 0 ||
	    (!r->capabilities && os_shed_capabilities(e) != 0))
		return -1;
	return r->forks ? 0 : os_shed_children(e);
}

static int
enter_landlock(const struct sandbox_role *r, const struct sandbox_config *c,
    struct err *e)
{
	const struct landlock_rules l = { .files = r->files,
	    .port = r->connects ? backend_port(c->backend) : 0 };

	if (landlock_enter(&l) == 0)
		return 0;
	return err_set_kind(e, ERR_OS, "sandbox: cannot apply the Landlock "
	    "rules: %s", strerror(errno));
}

int
sandbox_enter(const struct sandbox_role *role, const struct sandbox_config *c,
    struct err *e)
{
	struct sandbox_role r = *role;
	struct means m;

	if (c->mode == SANDBOX_OFF || unconfined != NULL)
		return 0;
	if (role->keys && c->tokens) {
		r = sandbox_tokens;
		r.capabilities = role->capabilities;
	}
	look(&m);
	if (sandbox_check(c->mode, e) != 0 || give_up_rights(&r, e) != 0 ||
	    (m.no_landlock == NULL && enter_landlock(&r, c, e) != 0))
		return -1;
	if (m.no_filter == NULL && filter_load(&r, c) != 0)
		return err_set_kind(e, ERR_OS, "sandbox: cannot filter "
		    "system calls: %s", strerror(errno));
	return 0;
}
