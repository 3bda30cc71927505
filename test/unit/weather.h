/*
 * weather.h - a kernel in a bad mood.
 *
 * Tests that link weather.c with --wrap=send, --wrap=recv and --wrap=sendmsg
 * decide what these calls do to the code under test. Peers use read() and
 * write(), which nobody disturbs.
 */
#ifndef TEST_WEATHER_H
#define TEST_WEATHER_H

#include "dice.h"

struct weather {
	struct dice dice;
	bool storm;		/* short counts, EAGAIN, EINTR as they fall */
	int send_fails[4];	/* errno of the next calls, 0 for good ones; */
	int recv_fails[4];	/* sendmsg() is a send too */
	size_t most;		/* bytes in one call; 0: no limit */
	unsigned sends, recvs;	/* calls so far */
	int flags;		/* of the last send() */
};

extern struct weather weather;

/* A clear sky. */
void weather_clear(void);

/* Everything that can happen, as the seed says. */
void weather_storm(uint64_t seed);

#endif
