/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The table of commands: see command.h.
 */

#include "base/log.h"
#include "compat/nitems.h"
#include "control/command.h"

/* Who may give a command. */
enum ctl_right {
	CTL_RIGHT_GROUP, /* root, the daemon's user, the group */
	CTL_RIGHT_OWNER, /* root and the daemon's user */
};

struct row {
	enum msg_type             type;
	enum ctl_right            right;
	const struct ctl_command *command;
};

static const struct row *find(enum msg_type);

/*
 * The group of the control socket may do everything; CTL_RIGHT_OWNER would
 * leave a command to root and the daemon's own user.
 */
static const struct row rows[] = {
	{ MSG_CTL_STATUS, CTL_RIGHT_GROUP, &ctl_status },
	{ MSG_CTL_LIST, CTL_RIGHT_GROUP, &ctl_list },
	{ MSG_CTL_COUNTERS, CTL_RIGHT_GROUP, &ctl_counters },
	{ MSG_CTL_KILL, CTL_RIGHT_GROUP, &ctl_kill },
	{ MSG_CTL_RELOAD, CTL_RIGHT_GROUP, &ctl_reload },
	{ MSG_CTL_REVOKE, CTL_RIGHT_GROUP, &ctl_reload },
	{ MSG_CTL_TEST, CTL_RIGHT_GROUP, &ctl_test },
	{ MSG_CTL_VERBOSE, CTL_RIGHT_GROUP, &ctl_verbose },
	{ MSG_CTL_STOP, CTL_RIGHT_GROUP, &ctl_stop },
	{ MSG_CTL_USER, CTL_RIGHT_GROUP, &ctl_user_edit },
	{ MSG_CTL_UNBAN, CTL_RIGHT_GROUP, &ctl_unban },
	{ MSG_CTL_PROXY_SET, CTL_RIGHT_GROUP, &ctl_proxy_set },
	{ MSG_CTL_TABLE, CTL_RIGHT_GROUP, &ctl_table_edit },
	{ MSG_CTL_TABLE_TEST, CTL_RIGHT_GROUP, &ctl_table_test },
	{ MSG_CTL_TABLE_SHOW, CTL_RIGHT_GROUP, &ctl_table_show },
};

void
command_start(struct conn *c, const struct msg *m)
{
	const struct row *row;

	if ((row = find(m->type)) == NULL) {
		log_debug("socks5ctl: %s out of turn", msg_name(m->type));
		conn_close(c);
	} else if (row->right == CTL_RIGHT_OWNER && !c->owner)
		conn_done(c, RESULT_REFUSED, "permission denied");
	else
		conn_start(c, row->command, m);
}

/* NULL for what is no command but comes behind one. */
static const struct row *
find(enum msg_type type)
{
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		if (rows[i].type == type)
			return &rows[i];
	}
	return NULL;
}
