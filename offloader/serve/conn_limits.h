/*
 * conn_limits.h - how long each state of a connection may last, and what comes
 * of it. For conn.c only.
 */
#ifndef OFFLOADER_CONN_LIMITS_H
#define OFFLOADER_CONN_LIMITS_H

#include "serve/conn_steps.h"

/* How many seconds after c->since the state it is in has lasted too long. */
double conn_limit(const struct conn *);

/* Whether a state goes on counting from where the one before it began. */
bool conn_same_clock(enum conn_state);

/* It has lasted too long: the state to be in next, as from a step. */
enum conn_state conn_too_late(struct conn *);

#endif
