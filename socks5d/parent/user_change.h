/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Changes of the users file while the daemon runs: a kind of change.h.
 */

#ifndef PARENT_USER_CHANGE_H
#define PARENT_USER_CHANGE_H

#include <limits.h>
#include <stdint.h>

#include "base/login.h"
#include "base/msg_codec.h"
#include "conf/conf.h"
#include "parent/writer.h"

struct event;
struct msg_user_edit;
struct process;
struct user_wish;

/* How far a change of the file of users has come. */
enum user_change_step {
	USER_CHANGE_NONE,
	USER_CHANGE_WRITES,	/* the new file */
	USER_CHANGE_ASKS,		/* auth */
	USER_CHANGE_RENAMES,
	USER_CHANGE_REMOVES	/* it has failed */
};

/* A change of the file of users, from socks5ctl's wish to the end. */
struct user_change {
	enum user_change_step step;
	struct writer	 writer;
	struct user_wish *wish;		/* what it is for */
	uint64_t	 asked;		/* of the question to auth */
	int		 fd;		/* the new file, for reading */
	struct conf_stat stat;		/* of it: device and inode */
	int		 unsure;	/* which one has the name */
	char		 path[PATH_MAX];
	char		 new[PATH_MAX];	/* its name until then, or "" */
	char		 done[LOGIN_NAME_SIZE + 32];	/* for the log */
	char		 why[MSG_TEXT_SIZE];	/* it has failed, or "" */
	uint32_t	 starts;	/* of auth, when that took it */
	struct event	*timeout;
};

void	user_change_init(struct parent *);

/* Begins a change that control asks for under this id; it hears of the end. */
void	user_change_start(struct parent *, uint64_t id,
	    const struct msg_user_edit *);

/* Auth has read the file that it was asked about. */
void	user_change_taken(struct parent *, uint64_t asked, struct msg_result *);

/* Auth has died: a change under way fails, and the old file stays. */
void	user_change_auth_down(struct process *, const char *why);

#endif /* PARENT_USER_CHANGE_H */
