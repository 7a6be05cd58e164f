/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Lists whose keeper does not know all that is shown of them: what relays
 * know of it is asked for as well, and put together with the rows.
 */

#ifndef CONTROL_LIST_H
#define CONTROL_LIST_H

#include "base/msg_list.h"
#include "control/conn.h"

/* own is size zeroed bytes that last as long as the list does. */
struct list_join {
	size_t        size;
	enum msg_type result; /* of what the relays say */
	enum ask_answer (*answer)(void *own, struct peer *, const struct msg *);

	/* Before the first page; or NULL. */
	void (*first)(struct conn *);

	/*
	 * For each page, or NULL: a row of it is here, and must not be sent at
	 * once, -1 if it is malformed; all are here, the relays may be asked;
	 * they have answered, the rows are to be sent, -1 if that failed.
	 */
	int (*row)(void *own, const union list_row *);
	void (*rows)(struct conn *, void *own);
	int (*send)(struct conn *, void *own);

	/* What is missing if a relay did not answer. */
	const char *missing;
};

extern const struct list_join list_flows;    /* list_flows.c */
extern const struct list_join list_rules;    /* list_rules.c */
extern const struct list_join list_sessions; /* list_sessions.c */

#endif /* CONTROL_LIST_H */
