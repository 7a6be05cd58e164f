/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Changes of tables while the daemon runs: a kind of change.h.
 */

#ifndef PARENT_TABLE_CHANGE_H
#define PARENT_TABLE_CHANGE_H

#include <stddef.h>
#include <stdint.h>

struct msg_result;
struct msg_table_edit;
struct parent;
struct process;

void table_change_init(struct parent *);

/* Control begins a change under this id; a part of its entries. */
void table_change_start(struct parent *, uint64_t id,
    const struct msg_table_edit *);
void table_change_text(struct parent *, uint64_t id, const uint8_t *, size_t);

/* The router has taken a table, or not. */
void table_change_taken(struct parent *, uint64_t asked,
    const struct msg_result *);

/* Those who began changes are gone; the router is. */
void table_change_control_down(struct process *, const char *why);
void table_change_router_down(struct process *, const char *why);

#endif /* PARENT_TABLE_CHANGE_H */
