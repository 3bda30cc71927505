/*
 * reply.h - one answer of the reporter, as HTTP.
 */
#ifndef OFFLOADER_REPLY_H
#define OFFLOADER_REPLY_H

#include "reporter/http.h"

struct MHD_Connection;

/*
 * Sends it, or will; takes over its body. last: the guest is to go then. False:
 * the connection is of no more use.
 */
bool reply_send(struct MHD_Connection *, struct http_reply *, bool last);

#endif
