/*
 * sd_notify.h - keeps the supervisor that started us (systemd) informed.
 */
#ifndef OFFLOADER_SD_NOTIFY_H
#define OFFLOADER_SD_NOTIFY_H

#include <sys/types.h>

#include <ev.h>

#include "base/os_notify.h"

struct herald {
	struct ev_loop *loop;
	struct os_notify to;
	ev_timer alive;
};

void herald_init(struct herald *, struct ev_loop *);

/* All with what there is to say of us in one line. */
void herald_ready(const struct herald *, const char *status);
void herald_reloading(const struct herald *, const char *status);
void herald_stopping(const struct herald *, const char *status);

/* The other process is the one to ask from now on; we fall silent. */
void herald_yield(struct herald *, pid_t, const char *status);

#endif
