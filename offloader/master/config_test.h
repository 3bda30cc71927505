/*
 * config_test.h - checks a configuration without serving it (--test).
 */
#ifndef OFFLOADER_CONFIG_TEST_H
#define OFFLOADER_CONFIG_TEST_H

#include "config/conf.h"

/*
 * Loads all that a configuration needs, prints a table of its certificates,
 * then reports each fault to say(). Takes over the conf. Returns an exit
 * status.
 */
int config_test(struct conf *, void (*say)(const char *sentence));

#endif
