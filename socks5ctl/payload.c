/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the request of a command carries: see payload.h.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg_list.h"
#include "command.h"
#include "payload.h"
#include "say.h"
#include "table.h"
#include "trial.h"
#include "user.h"

static void put_member(struct wbuf *, int, char **);
static void put_id(struct wbuf *, const char *);

FILE *
payload_put(struct wbuf *b, const struct command *c, int nargs, char **args,
    const char *file)
{
	switch (c->payload) {
	case PAYLOAD_NONE:
		break;
	case PAYLOAD_VALUE:
		msg_put_u32(b, c->value);
		break;
	case PAYLOAD_LIST:
		msg_put_ctl_list(b, (enum list)c->value);
		break;
	case PAYLOAD_ID:
		put_id(b, args[0]);
		break;
	case PAYLOAD_EDIT:
		user_put_edit(b, (enum user_op)c->value, nargs, args);
		break;
	case PAYLOAD_BAN:
		user_put_unban(b, nargs, args);
		break;
	case PAYLOAD_MEMBER:
		put_member(b, nargs, args);
		break;
	case PAYLOAD_TABLE:
		return table_put_edit(b, (enum table_edit_op)c->value, nargs,
		    args, file);
	case PAYLOAD_TABLE_TEST:
		table_put_test(b, nargs, args);
		break;
	case PAYLOAD_TABLE_NAME:
		msg_put_name(b, table_name(args[0]));
		break;
	case PAYLOAD_TRIAL:
		trial_put(b, nargs, args);
		break;
	}
	return NULL;
}

/* NAME member N up|down, as it was typed. */
static void
put_member(struct wbuf *b, int nargs, char **args)
{
	static const char *const needed[] = { "NAME", "member", "NUMBER",
		"up or down" };
	struct msg_proxy_set     set;
	const char              *why;

	memset(&set, 0, sizeof(set));
	if (nargs < 4)
		give_up_usage("upstream", "upstream: missing argument: %s",
		    needed[nargs]);
	if (args[0][0] == '\0' ||
	    strlcpy(set.upstream, args[0], sizeof(set.upstream)) >=
		sizeof(set.upstream))
		give_up_usage("upstream", "%s: invalid name of an upstream",
		    args[0]);
	if (strcmp(args[1], "member") != 0)
		give_up_usage("upstream", "%s: expected \"member\"", args[1]);
	set.member = (uint8_t)strtonum(args[2], 1, PROXY_MEMBERS_MAX, &why);
	if (why != NULL)
		give_up_usage("upstream", "%s: invalid number of a member",
		    args[2]);
	set.down = strcmp(args[3], "down") == 0;
	if (!set.down && strcmp(args[3], "up") != 0)
		give_up_usage("upstream", "%s: expected \"up\" or \"down\"",
		    args[3]);
	msg_put_proxy_set(b, &set);
}

/* strtonum(3) ends at 2^63. */
static void
put_id(struct wbuf *b, const char *s)
{
	char    *end;
	uint64_t id;

	errno = 0;
	id = strtoull(s, &end, 10);
	if (*s < '0' || *s > '9' || errno != 0 || *end != '\0')
		give_up_usage("kill", "%s: invalid session id", s);
	msg_put_u64(b, id);
}
