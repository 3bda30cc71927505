/*
 * keys.h - the part of the master that starts the keyguard, or has the keys.
 */
#ifndef OFFLOADER_KEYS_H
#define OFFLOADER_KEYS_H

#include "master/master_parts.h"

/*
 * Starts the keyguard, or with key-isolation off makes a local key ring. Call
 * it after the log is open and before the first certificate is read.
 */
int master_open_keys(struct master *, const struct conf *, struct err *);

/* Starts another keyguard if this configuration confines it otherwise. */
int master_update_keyguard(struct master *, const struct conf *, struct err *);

void master_close_keys(struct master *);

#endif
