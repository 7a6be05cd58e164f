/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What control asks and says about proxies.
 */

#ifndef ROUTER_PROXY_REPORT_H
#define ROUTER_PROXY_REPORT_H

struct msg;
struct peer;

void proxy_report_on_set(void *, struct peer *, struct msg *);

#endif /* ROUTER_PROXY_REPORT_H */
