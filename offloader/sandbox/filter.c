/*
 * filter.c - which system calls each role may make, by libseccomp.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/filter.h"

#define TYPE		0xf	/* of a socket, without its flags */
#define TREE		2	/* SCMP_FLTATR_CTL_OPTIMIZE: a binary search */
#define REFUSED		SCMP_ACT_ERRNO(EACCES)

const char *
filter_missing(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
		return NULL;
	return strerror(errno);
}

/* libseccomp's functions return an errno, negated. */
static int
done(int r)
{
	if (r >= 0)
		return 0;
	errno = -r;
	return -1;
}

static int
add_row(scmp_filter_ctx f, const struct filter_row *r)
{
	struct scmp_arg_cmp arg[FILTER_ARGS];
	unsigned n = 0;

	for (; n < FILTER_ARGS && r->arg[n].mask != 0; n++)
		arg[n] = SCMP_CMP64(r->arg[n].number, SCMP_CMP_MASKED_EQ,
		    r->arg[n].mask, r->arg[n].value);
	return done(seccomp_rule_add_array(f, r->verdict == FILTER_ALLOW ?
	    SCMP_ACT_ALLOW : REFUSED, r->call, n, arg));
}

static int
add_rows(scmp_filter_ctx f, unsigned set)
{
	for (const struct filter_row *r = filter_rows; r->sets != 0; r++)
		if ((r->sets & set) != 0 && add_row(f, r) != 0)
			return -1;
	return 0;
}

/* abort(), which signals this process only: a child has another number. */
static int
add_abort(scmp_filter_ctx f)
{
	return done(seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
	    SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)getpid(), 0)));
}

static bool
has_family(const struct endpoints *at, int family)
{
	for (size_t i = 0; at != NULL && i < at->n; i++)
		if (at->at[i].sa.sa_family == family)
			return true;
	return false;
}

/* A family and type with the default protocol; MPTCP is another one. */
static int
add_type(scmp_filter_ctx f, uint32_t action, int family, int type)
{
	return done(seccomp_rule_add(f, action, SCMP_SYS(socket), 3,
	    SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)family, 0),
	    SCMP_A1_32(SCMP_CMP_MASKED_EQ, TYPE, (uint32_t)type),
	    SCMP_A2_32(SCMP_CMP_EQ, 0, 0)));
}

static int
refuse_family(scmp_filter_ctx f, enum scmp_compare how, int family)
{
	return done(seccomp_rule_add(f, REFUSED, SCMP_SYS(socket), 1,
	    SCMP_A0_32(how, (uint32_t)family, 0)));
}

/* To connect again after a restart of syslog. A worker connects anyway. */
static int
add_syslog(scmp_filter_ctx f, const struct sandbox_role *role, bool wanted)
{
	int r = add_type(f, wanted ? SCMP_ACT_ALLOW : REFUSED, AF_UNIX,
	    SOCK_DGRAM);

	if (r != 0 || !wanted || role->connects)
		return r;
	return done(seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(connect), 0));
}

/*
 * Sockets to the backend, where the role connects to it. Rules of different
 * verdicts must not overlap: families are refused one by one, and then above.
 */
static int
add_sockets(scmp_filter_ctx f, const struct sandbox_role *role,
    const struct sandbox_config *c)
{
	const struct endpoints *to = role->connects ? c->backend : NULL;
	const bool local = has_family(to, AF_UNIX);
	int r = add_syslog(f, role, c->syslog);

	if (r == 0)
		r = add_type(f, local ? SCMP_ACT_ALLOW : REFUSED, AF_UNIX,
		    SOCK_STREAM);
	for (int family = AF_UNSPEC; r == 0 && family <= AF_INET6; family++) {
		if (family == AF_UNIX)
			continue;
		r = has_family(to, family) ? add_type(f,
		    SCMP_ACT_ALLOW, family, SOCK_STREAM) :
		    refuse_family(f, SCMP_CMP_EQ, family);
	}
	return r != 0 ? r : refuse_family(f, SCMP_CMP_GT, AF_INET6);
}

/* A library may need local daemons, with sockets of any type. */
static int
add_local_sockets(scmp_filter_ctx f, const struct sandbox_config *c)
{
	int r = done(seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
	    SCMP_A0_32(SCMP_CMP_EQ, AF_UNIX, 0)));

	if (r == 0 && has_family(c->backend, AF_INET))
		r = add_type(f, SCMP_ACT_ALLOW, AF_INET, SOCK_STREAM);
	if (r == 0 && has_family(c->backend, AF_INET6))
		r = add_type(f, SCMP_ACT_ALLOW, AF_INET6, SOCK_STREAM);
	return r;
}

static int
add_rules(scmp_filter_ctx f, const struct sandbox_role *role,
    const struct sandbox_config *c)
{
	if (done(seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, TREE)) != 0 ||
	    done(seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS)) != 0 ||
	    add_rows(f, role->filter) != 0 ||
	    (!role->forks && add_abort(f) != 0))
		return -1;
	return role->libraries ? add_local_sockets(f, c) :
	    add_sockets(f, role, c);
}

int
filter_load(const struct sandbox_role *role, const struct sandbox_config *c)
{
	scmp_filter_ctx f = seccomp_init(role->libraries ?
	    SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS);
	int r;

	if (f == NULL) {
		errno = ENOMEM;
		return -1;
	}
	r = add_rules(f, role, c);
	if (r == 0)
		r = done(seccomp_load(f));
	seccomp_release(f);
	return r;
}
