/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What control asks of the tables.
 */

#ifndef ROUTER_TABLE_REPORT_H
#define ROUTER_TABLE_REPORT_H

struct msg;
struct peer;

void table_report_on_test(void *, struct peer *, struct msg *);
void table_report_on_list(void *, struct peer *, struct msg *);

#endif /* ROUTER_TABLE_REPORT_H */
