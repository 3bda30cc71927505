/*
 * os.h - what differs between systems, or needs care with them.
 *
 * Its relatives: os_socket (listen, accept, connect), os_channel (words between
 * processes), os_user (root and how to stop being it), os_daemon (background),
 * os_pidfile.
 */
#ifndef OFFLOADER_OS_H
#define OFFLOADER_OS_H

/*
 * How many CPUs this process may use: those it is bound to, or its control
 * group's quota rounded up if that is less. At least 1.
 */
int os_cpus(void);

/*
 * The quota alone, as /proc/self/cgroup names the group and /sys/fs/cgroup
 * holds the files; version 1 and 2. 0: none is set.
 */
int os_cgroup_cpus(const char *membership, const char *mount);

/* Allows as many descriptors as the system lets us. Returns the limit. */
unsigned long os_raise_descriptors(void);

/* Seconds since whenever, by a clock that nobody sets. */
double os_clock(void);

/*
 * Opens /dev/null as each of the three standard files that is closed: the next
 * descriptor, a client perhaps, would become it, and be written the log to.
 */
void os_standard_files(void);

/*
 * Two connected ends for words between processes: each message stays whole,
 * nobody blocks, no program that is executed inherits them. -1: errno.
 */
int os_pair(int fd[2]);

/* The same, but who has the second end waits. */
int os_pair_to_wait(int fd[2]);

/* What ps(1) and the like call this process; 15 bytes of it. */
void os_process_name(const char *);

/*
 * This process, and its children, let those finish what they do that were at it
 * before, however they were woken. Best effort.
 */
void os_be_patient(void);

/* Two ends of a stream of bytes, which both wait. -1: errno. */
int os_stream(int fd[2]);

/*
 * The path that argv[0] stands for, from the root: what the shell found. Not
 * the file that runs, which may be replaced. The caller frees it. NULL: not
 * known.
 */
char *os_program(const char *argv0);

#endif
