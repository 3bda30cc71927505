/*
 * load.h - makes a configuration of defaults, a file and the command line.
 */
#ifndef OFFLOADER_LOAD_H
#define OFFLOADER_LOAD_H

#include "config/conf.h"

/*
 * Reads defaults, then the file, then the command line. NULL: faults were
 * found. say() got each of them, as "FILE:LINE: message", and err has the first
 * one (of the command line, if it has any) for the exit status. The
 * caller calls conf_free().
 * With --test a faulty conf is handed over all the same, for what else there
 * is to find; fields may be NULL in it that otherwise never are.
 */
struct conf *conf_load(int argc, char *const *argv,
    void (*say)(const char *sentence), struct err *);

/* The same with a text instead of a file, and no command line. */
struct conf *conf_load_text(const char *name, const char *text, size_t len,
    void (*say)(const char *sentence), struct err *);

#endif
