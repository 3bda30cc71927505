/*
 * keyguard.h - the process that has the private keys.
 *
 * A child of the master, and connected only to it: it reads files of keys and
 * certificates when the master asks, and forks a signer for each worker
 * (signer.h). It may open any file that the master may, and has no network.
 */
#ifndef OFFLOADER_KEYGUARD_H
#define OFFLOADER_KEYGUARD_H

#include <stddef.h>

#include "base/err.h"
#include "sandbox/sandbox.h"

/*
 * In a child that has closed what is the master's: serves until the channel
 * ends and all signers have ended. Returns an exit status.
 */
int keyguard_run(int channel, const struct sandbox_role *,
    const struct sandbox_config *);

#endif
