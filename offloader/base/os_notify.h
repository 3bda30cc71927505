/*
 * os_notify.h - notifies the supervisor that started us, in the protocol of
 * sd_notify(3): one datagram for each notification.
 */
#ifndef OFFLOADER_OS_NOTIFY_H
#define OFFLOADER_OS_NOTIFY_H

#include <sys/socket.h>
#include <sys/un.h>

struct os_notify {
	struct sockaddr_un to;
	socklen_t len;		/* of it; 0: no supervisor */
	double watchdog;	/* seconds between keep-alives; 0: none */
};

/*
 * Reads the address of the supervisor from the environment and removes it, so
 * that our children and programs we execute cannot notify in our name.
 */
void os_notify_init(struct os_notify *);

/* Puts it back, for the program that takes our place. -1: errno. */
int os_notify_pass(const struct os_notify *);

/*
 * Sends "NAME=VALUE", or several with newlines between them. Never blocks; a
 * notification that cannot be delivered is lost.
 */
void os_notify(const struct os_notify *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif
