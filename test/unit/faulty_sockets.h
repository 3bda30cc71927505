/*
 * faulty_sockets.h - send() and recv() that fail as a test says.
 *
 * Tests that link faulty_sockets.c with --wrap=send, --wrap=recv and
 * --wrap=sendmsg decide what these calls do to the code under test. Peers use
 * read() and write(), which nobody disturbs.
 */
#ifndef TEST_FAULTY_SOCKETS_H
#define TEST_FAULTY_SOCKETS_H

#include "dice.h"

struct faulty_sockets {
	struct dice dice;
	bool storm;		/* short counts, EAGAIN, EINTR as they fall */
	int send_fails[4];	/* errno of the next calls, 0 for good ones; */
	int recv_fails[4];	/* sendmsg() is a send too */
	size_t most;		/* bytes in one call; 0: no limit */
	unsigned sends, recvs;	/* calls so far */
	int flags;		/* of the last send() */
};

extern struct faulty_sockets faulty;

/* No call fails. */
void faulty_clear(void);

/* Everything that can happen, as the seed says. */
void faulty_random(uint64_t seed);

#endif
