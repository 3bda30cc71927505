/*
 * pkcs11.h - private keys in tokens (PKCS#11).
 */
#ifndef OFFLOADER_PKCS11_H
#define OFFLOADER_PKCS11_H

#include <stdbool.h>

#include "config/conf.h"

/* True if a private key is a URI, and not of a file. */
bool pkcs11_wanted(const struct conf *);

#endif
