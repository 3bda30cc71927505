/*
 * os_notify.h - words to the supervisor that started us, as sd_notify(3) has
 * them: one datagram each.
 */
#ifndef OFFLOADER_OS_NOTIFY_H
#define OFFLOADER_OS_NOTIFY_H

#include <sys/socket.h>
#include <sys/un.h>

struct os_notify {
	struct sockaddr_un to;
	socklen_t len;		/* of it; 0: nobody wants to know */
	double watchdog;	/* seconds between words of life; 0: none */
};

/*
 * Looks into the environment who wants to know, and takes it out of there:
 * what we start from now on does not speak for us.
 */
void os_notify_init(struct os_notify *);

/* Puts it back, for a program that is to take our place. -1: errno. */
int os_notify_pass(const struct os_notify *);

/*
 * Says "NAME=VALUE", or several with newlines between them. Never waits; what
 * cannot be delivered is lost.
 */
void os_notify(const struct os_notify *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif
