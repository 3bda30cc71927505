/*
 * inherited_sockets.h - finds the listener for each inherited socket.
 */
#ifndef OFFLOADER_INHERITED_SOCKETS_H
#define OFFLOADER_INHERITED_SOCKETS_H

#include "base/os_systemd.h"
#include "master/generation.h"

/*
 * A socket goes to the listener with its address; else, if the port is 0, to
 * one with its host; else to the frontend with its name. Those for the
 * statistics go to the generation at once. Others are logged and closed. The
 * caller closes what it does not copy by listeners_close().
 */
void inherit_sockets(struct listeners *, struct generation *,
    const struct os_handed *);

#endif
