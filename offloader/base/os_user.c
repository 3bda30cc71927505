/*
 * os_user.c - drops privileges for good.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/os_user.h"

/* What the names mean. */
struct identity {
	bool new_uid, new_gid;	/* the ids are to be changed to these: */
	uid_t uid;
	gid_t gid;
};

static int
look_up_names(struct identity *id, const char *user, const char *group,
    struct err *e)
{
	struct passwd *pw;
	struct group *gr;

	*id = (struct identity){ .uid = geteuid(), .gid = getegid() };
	if (user != NULL) {
		if ((pw = getpwnam(user)) == NULL)
			return err_set(e, "unknown user \"%s\"", user);
		id->uid = pw->pw_uid;
		id->gid = pw->pw_gid;
		id->new_uid = id->new_gid = true;
	}
	if (group != NULL) {
		if ((gr = getgrnam(group)) == NULL)
			return err_set(e, "unknown group \"%s\"", group);
		id->gid = gr->gr_gid;
		id->new_gid = true;
	}
	return 0;
}

static int
refused(struct err *e, const char *what, const char *name)
{
	return err_set_kind(e, ERR_OS, "cannot %s \"%s\": %s%s", what, name,
	    strerror(errno), errno == EPERM ? "; start as root for it" : "");
}

/* Root's supplementary groups go, too: they would give access to more. */
static int
set_groups(const struct identity *id, const char *user, const char *group,
    struct err *e)
{
	if (user != NULL && initgroups(user, id->gid) == -1)
		return refused(e, "take the groups of user", user);
	if (user == NULL && group != NULL && setgroups(1, &id->gid) == -1)
		return refused(e, "become group", group);
	if (id->new_gid && setresgid(id->gid, id->gid, id->gid) == -1)
		return refused(e, "become group", group != NULL ? group :
		    user);
	return 0;
}

/*
 * Removes capabilities from the bounding set. Only privileged processes can;
 * for all others NO_NEW_PRIVS keeps executed programs from gaining any.
 */
static void
drop_bounds(void)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0;
	    cap++)
		(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

static int
set_user(const struct identity *id, const char *user, struct err *e)
{
	if (!id->new_uid)
		return 0;
	drop_bounds();
	if (setresuid(id->uid, id->uid, id->uid) == -1)
		return refused(e, "become user", user);
	/* Other processes of that user must not read our memory. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		return refused(e, "hide the memory from user", user);
	if (id->uid != 0 && (setuid(0) == 0 || seteuid(0) == 0))
		return err_set_kind(e, ERR_OS,
		    "became user \"%s\", but could become root again", user);
	return 0;
}

/* Without root, the names of our own user and group are accepted. */
static bool
is_already(const struct identity *id)
{
	return geteuid() != 0 && getuid() == geteuid() && id->uid == getuid() &&
	    getgid() == getegid() && id->gid == getgid();
}

int
os_become(const char *user, const char *group, const char *chroot_dir,
    struct err *e)
{
	struct identity id;

	if (look_up_names(&id, user, group, e) == -1)
		return -1;
	if (chroot_dir == NULL && is_already(&id))
		return 0;
	/* Reads /etc/group: before the chroot hides it. */
	if (set_groups(&id, user, group, e) == -1)
		return -1;
	if (chroot_dir != NULL &&
	    (chroot(chroot_dir) == -1 || chdir("/") == -1))
		return refused(e, "chroot to", chroot_dir);
	return set_user(&id, user, e);
}

/* Also the set that an executed program would inherit. */
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
	    .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return (int)syscall(SYS_capset, &head, none);
}

static int
cannot_shed(struct err *e)
{
	return err_set_kind(e, ERR_OS, "cannot give up privileges: %s",
	    strerror(errno));
}

int
os_shed(struct err *e)
{
	static const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    (geteuid() != 0 && drop_capabilities() == -1))
		return cannot_shed(e);
	return 0;
}

int
os_shed_execution(struct err *e)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ? cannot_shed(e) :
	    0;
}

int
os_shed_capabilities(struct err *e)
{
	drop_bounds();
	return drop_capabilities() == -1 ? cannot_shed(e) : 0;
}

int
os_shed_children(struct err *e)
{
	static const struct rlimit none = { 0, 0 };

	return setrlimit(RLIMIT_NPROC, &none) == -1 ? cannot_shed(e) : 0;
}

int
os_check_user(const char *user, const char *group, const char *chroot_dir,
    struct err *e)
{
	struct identity id;
	struct stat st;

	if (look_up_names(&id, user, group, e) == -1)
		return -1;
	if (chroot_dir == NULL)
		return 0;
	if (stat(chroot_dir, &st) == -1)
		return err_set_kind(e, errno == ENOENT ? ERR_NO_FILE : ERR_OS,
		    "chroot folder \"%s\": %s", chroot_dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(e, "chroot \"%s\" is not a folder", chroot_dir);
	return 0;
}
