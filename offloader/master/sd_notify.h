/*
 * sd_notify.h - keeps the supervisor that started us (systemd) informed.
 */
#ifndef OFFLOADER_SD_NOTIFY_H
#define OFFLOADER_SD_NOTIFY_H

#include <sys/types.h>

#include <ev.h>

#include "base/os_systemd.h"

struct sd_notify {
	struct ev_loop *loop;
	struct os_notify to;
	ev_timer alive;
};

void sd_notify_init(struct sd_notify *, struct ev_loop *);

/* Each sends the status in one line. */
void sd_notify_ready(const struct sd_notify *, const char *status);
void sd_notify_reloading(const struct sd_notify *, const char *status);
void sd_notify_stopping(const struct sd_notify *, const char *status);

/* The other process is the one to ask from now on; we fall silent. */
void sd_notify_yield(struct sd_notify *, pid_t, const char *status);

#endif
