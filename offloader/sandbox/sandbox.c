/*
 * sandbox.c - what a process gives up for good before it meets strangers.
 *
 * Each part is tried only where sandbox_text() says that it is there, so that
 * what was said holds: a part that fails then ends the process.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/os_user.h"
#include "sandbox/filter.h"
#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"

/*
 * Sanitizers look for leaks with a process that traces us, and write reports:
 * there is nothing to confine in such a build.
 */
#ifdef OFFLOADER_SANITIZED
static const char *const hindrance = "built with sanitizers";
#else
static const char *const hindrance = NULL;
#endif

/* What this build and this kernel have. */
struct means {
	const char *no_filter, *no_landlock;	/* why not, or NULL */
	int landlock;				/* its version */
};

static void
look(struct means *m)
{
	if (hindrance != NULL) {
		*m = (struct means){ .no_filter = hindrance,
		    .no_landlock = hindrance };
		return;
	}
	m->no_filter = filter_missing();
	m->landlock = landlock_abi();
	m->no_landlock = m->landlock > 0 ? NULL : strerror(errno);
}

bool
sandbox_whole(unsigned mode)
{
	struct means m;

	look(&m);
	/* Whoever builds with sanitizers knows, and need not be warned. */
	if (mode == SANDBOX_ON && hindrance != NULL)
		return true;
	return mode == SANDBOX_OFF ||
	    (m.no_filter == NULL && m.no_landlock == NULL);
}

char *
sandbox_text(const struct sandbox_config *w, char *out, size_t size)
{
	const char *wider = "";
	char landlock[64];
	struct means m;

	look(&m);
	if (w->tokens && (m.no_filter == NULL || m.no_landlock == NULL))
		wider = "; wider, for keys in tokens";
	if (m.no_landlock == NULL)
		snprintf(landlock, sizeof landlock, "Landlock %d", m.landlock);
	else
		snprintf(landlock, sizeof landlock, "no Landlock (%s)",
		    m.no_landlock);
	if (w->mode == SANDBOX_OFF)
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
	const struct sandbox_config wish = { .mode = mode };
	char text[SANDBOX_TEXT];

	if (mode != SANDBOX_STRICT || sandbox_whole(mode))
		return 0;
	return err_set_kind(e, ERR_OS, "sandbox = strict cannot be had: %s; "
	    "sandbox = on would take what there is",
	    sandbox_text(&wish, text, sizeof text));
}

/* ------------------------------------------------- the parts ------------ */

static enum filter_set
set_of(enum sandbox_role role, const struct sandbox_config *w)
{
	if (w->tokens)
		return FILTER_TOKENS;
	switch (role) {
	case SANDBOX_WORKER:	return FILTER_WORKER;
	case SANDBOX_KEYGUARD:	return FILTER_KEYGUARD;
	case SANDBOX_SIGNER:	return FILTER_SIGNER;
	case SANDBOX_REPORTER:	return FILTER_REPORTER;
	}
	return FILTER_WORKER;
}

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

/* A keyguard opens what only root may, and makes signers somebody else. */
static int
give_up_rights(enum sandbox_role role, enum filter_set set, struct err *e)
{
	if (os_shed_execution(e) != 0 ||
	    (role != SANDBOX_KEYGUARD && os_shed_capabilities(e) != 0))
		return -1;
	/* A thread of somebody's library counts as a child. */
	if (set == FILTER_KEYGUARD || set == FILTER_TOKENS)
		return 0;
	return os_shed_children(e);
}

static enum landlock_files
files_of(enum filter_set set)
{
	switch (set) {
	case FILTER_KEYGUARD:	return LANDLOCK_FILES_READ;
	case FILTER_TOKENS:	return LANDLOCK_FILES_ALL;
	case FILTER_WORKER:
	case FILTER_SIGNER:
	case FILTER_REPORTER:
	case FILTER_SETS:	break;
	}
	return LANDLOCK_FILES_NONE;
}

static int
fence(enum filter_set set, const struct sandbox_config *w, struct err *e)
{
	const struct landlock_rules l = { .files = files_of(set),
	    .port = backend_port(w->backend) };

	if (landlock_enter(&l) == 0)
		return 0;
	return err_set_kind(e, ERR_OS, "sandbox: Landlock does not take what "
	    "it should: %s", strerror(errno));
}

int
sandbox_enter(enum sandbox_role role, const struct sandbox_config *w,
    struct err *e)
{
	const enum filter_set set = set_of(role, w);
	struct means m;

	if (w->mode == SANDBOX_OFF || hindrance != NULL)
		return 0;
	look(&m);
	if (sandbox_check(w->mode, e) != 0 ||
	    give_up_rights(role, set, e) != 0 ||
	    (m.no_landlock == NULL && fence(set, w, e) != 0))
		return -1;
	if (m.no_filter == NULL && filter_load(set, w) != 0)
		return err_set_kind(e, ERR_OS, "sandbox: system calls cannot "
		    "be filtered: %s", strerror(errno));
	return 0;
}
