/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The list of limits: what each meter counts at present.
 */

#ifndef ROUTER_LIMIT_REPORT_H
#define ROUTER_LIMIT_REPORT_H

struct msg;
struct peer;

void	limit_on_list(void *, struct peer *, struct msg *);

#endif /* ROUTER_LIMIT_REPORT_H */
