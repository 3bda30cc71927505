/*
 * os.h - calls that differ between systems or are easy to get wrong.
 *
 * See also os_socket (listen, accept, connect), os_channel (messages between
 * processes), os_user (dropping privileges) and os_daemon (background, pid
 * file).
 */
#ifndef OFFLOADER_OS_H
#define OFFLOADER_OS_H

/*
 * How many CPUs this process may use: those of its affinity mask, or the quota
 * of its control group, rounded up, if that is less. At least 1.
 */
int os_cpus(void);

/*
 * The quota alone, from files like /proc/self/cgroup and a folder like
 * /sys/fs/cgroup; versions 1 and 2. 0: no quota.
 */
int os_cgroup_cpus(const char *membership, const char *mount);

/* Raises the limit of descriptors to the hard limit. Returns the limit. */
unsigned long os_raise_descriptors(void);

/* Seconds of the monotonic clock. */
double os_clock(void);

/*
 * Opens /dev/null for each of the three standard files that is closed. Else
 * the next descriptor, perhaps a client's, would take its number and receive
 * the log.
 */
void os_standard_files(void);

/*
 * Two connected ends for messages between processes: message boundaries are
 * kept, neither end blocks, executed programs do not inherit them. -1: errno.
 */
int os_pair(int fd[2]);

/* The same, but the second end blocks. */
int os_pair_to_wait(int fd[2]);

/* Sets the name that ps(1) shows; at most 15 bytes. */
void os_process_name(const char *);

/*
 * Makes this process and its children SCHED_BATCH: when woken they do not
 * preempt the process that runs. Best effort.
 */
void os_be_patient(void);

/* Two connected ends of a byte stream; both block. -1: errno. */
int os_stream(int fd[2]);

/*
 * The absolute path that argv[0] stands for, searched in PATH as a shell does.
 * The file there may have been replaced since. The caller frees it. NULL:
 * unknown.
 */
char *os_program(const char *argv0);

#endif
