/*
 * commands.h - the part of the master that answers the control socket.
 */
#ifndef OFFLOADER_COMMANDS_H
#define OFFLOADER_COMMANDS_H

#include "master/master_parts.h"

/* See control.h. */
control_answer master_answer;

#endif
