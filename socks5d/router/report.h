/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What control asks for: lists, and to end a session.
 */

#ifndef ROUTER_REPORT_H
#define ROUTER_REPORT_H

struct msg;
struct peer;

void report_on_list(void *, struct peer *, struct msg *);
void report_on_kill(void *, struct peer *, struct msg *);

#endif /* ROUTER_REPORT_H */
