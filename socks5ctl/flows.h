/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The flows of all associations, for "show sessions -v", which prints them
 * below the sessions.
 *
 * Part of socks5ctl.
 */

#ifndef SOCKS5CTL_FLOWS_H
#define SOCKS5CTL_FLOWS_H

#include "base/msg_list.h"

struct channel;
struct flows;
struct show;

/*
 * Asks for them.  Ends the process with words if that fails; what is missing
 * is complained about and wrong.
 */
struct flows *flows_get(struct channel *, int patience_ms, int *wrong);
void          flows_free(struct flows *);

/* Below the row of that association; into the object of that session. */
void flows_text(struct show *, const struct session_row *);
void flows_json(struct show *, const struct session_row *);

#endif /* SOCKS5CTL_FLOWS_H */
