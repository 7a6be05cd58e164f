/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * "test": the request to try, as it was typed.
 *
 * Part of socks5ctl.
 */

#ifndef SOCKS5CTL_TRIAL_H
#define SOCKS5CTL_TRIAL_H

#include "base/msg_policy.h"

/*
 * The payload: args are [from address] [user name] [on listener], then
 * command, host and port.  Ends the process with words if something is wrong.
 */
void trial_put(struct wbuf *, int nargs, char **args);

#endif /* SOCKS5CTL_TRIAL_H */
