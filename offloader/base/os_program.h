/*
 * os_program.h - where the program is that runs.
 */
#ifndef OFFLOADER_OS_PROGRAM_H
#define OFFLOADER_OS_PROGRAM_H

/*
 * The path that argv[0] stands for, from the root: what the shell found. Not
 * the file that runs, which may be replaced. The caller frees it. NULL: not
 * known.
 */
char *os_program(const char *argv0);

#endif
