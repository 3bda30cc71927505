/*
 * pkcs11.h - whether keys live where somebody else's library must be asked.
 */
#ifndef OFFLOADER_PKCS11_H
#define OFFLOADER_PKCS11_H

#include <stdbool.h>

#include "config/conf.h"

/* Whether a private key is a URI, and not just a file's. */
bool pkcs11_wanted(const struct conf *);

#endif
