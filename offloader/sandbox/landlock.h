/*
 * landlock.h - which files and ports a process can still use, by the kernel's
 * Landlock, whatever system call it tries.
 */
#ifndef OFFLOADER_LANDLOCK_H
#define OFFLOADER_LANDLOCK_H

enum landlock_files { LANDLOCK_FILES_NONE, LANDLOCK_FILES_READ,
    LANDLOCK_FILES_ALL };

/* What is left. Descriptors that are open already still work. */
struct landlock_rules {
	enum landlock_files files;
	unsigned short port;	/* TCP port to connect to, from ABI 4; or 0 */
};

/* The version that this kernel has. 0: none, and errno has the reason. */
int landlock_abi(void);

/*
 * Restricts this process and all that it forks. They cannot bind a TCP port
 * either (ABI 4), nor send signals to other processes or reach them through
 * abstract UNIX sockets (ABI 6). Needs NO_NEW_PRIVS. -1: errno.
 */
int landlock_enter(const struct landlock_rules *);

#endif
