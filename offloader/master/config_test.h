/*
 * config_test.h - a configuration is tried, and not served.
 */
#ifndef OFFLOADER_CONFIG_TEST_H
#define OFFLOADER_CONFIG_TEST_H

#include "config/conf.h"

/*
 * Loads all that a configuration would need (--test): fingerprints a table of
 * its certificates, then says each fault. Takes over the conf. Returns an exit
 * status.
 */
int config_test(struct conf *, void (*say)(const char *sentence));

#endif
