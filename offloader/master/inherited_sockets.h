/*
 * inherited_sockets.h - which of the sockets that were handed to us belongs to
 * which listener.
 */
#ifndef OFFLOADER_INHERITED_SOCKETS_H
#define OFFLOADER_INHERITED_SOCKETS_H

#include "base/os_systemd.h"
#include "master/generation.h"

/*
 * Finds for each socket the listener that want its address, or of port 0 the
 * host's, or else those of the frontend that has its name. Those for the
 * statistics are the generation's at once. What nobody wants is said and
 * closed; so is all that is left of them by listeners_close().
 */
void inherit_sockets(struct listeners *, struct generation *,
    const struct os_handed *);

#endif
