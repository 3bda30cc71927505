/*
 * landlock.h - which files and ports are out of reach, by the kernel's own
 * Landlock: no names of system calls, but of things.
 */
#ifndef OFFLOADER_LANDLOCK_H
#define OFFLOADER_LANDLOCK_H

enum landlock_files { LANDLOCK_FILES_NONE, LANDLOCK_FILES_READ,
    LANDLOCK_FILES_ALL };

/* What is left. Descriptors that are open already are not touched. */
struct landlock_rules {
	enum landlock_files files;
	unsigned short port;	/* to connect to by TCP, from ABI 4 on; or 0 */
};

/* The version that this kernel speaks. 0: none, errno says why. */
int landlock_abi(void);

/*
 * Keeps this process, and all it forks, to that for good. Besides: no TCP port
 * is bound (ABI 4), nobody outside is sent a signal or reached through an
 * abstract UNIX socket (ABI 6). Needs NO_NEW_PRIVS. -1: errno.
 */
int landlock_enter(const struct landlock_rules *);

#endif
