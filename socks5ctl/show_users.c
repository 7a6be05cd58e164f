/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Printers of "user list" and "show bans".  Part of socks5ctl.
 */

#include <inttypes.h>
#include <string.h>

#include "base/msg_login.h"
#include "grid.h"
#include "show.h"

static void	users_begin(struct show *);
static int	user_text(struct show *, const struct msg *);
static void	users_json_begin(struct show *);
static int	user_json(struct show *, const struct msg *);
static void	json_options(struct json *, char *);
static void	json_list(struct json *, const char *, char *);
static int	get_user(const struct msg *, struct user_row *);
static void	bans_begin(struct show *);
static int	ban_text(struct show *, const struct msg *);
static void	bans_json_begin(struct show *);
static int	ban_json(struct show *, const struct msg *);
static int	get_ban(const struct msg *, struct ban_row *);

const struct show_kind	show_users = {
	{ users_begin, user_text, show_grid_end },
	{ users_json_begin, user_json, show_json_close }
};

const struct show_kind	show_bans = {
	{ bans_begin, ban_text, show_grid_end },
	{ bans_json_begin, ban_json, show_json_close }
};

static void
users_begin(struct show *sh)
{
	static const struct grid_col	cols[] = {
		{ "user", 'l', 16 },
		{ "hash", 'l', 0 },
		{ "cached", 'r', 0 },
		{ "logins", 'r', 0 },
		{ "failures", 'r', 0 },
		{ "options", 'l', 0 }
	};

	sh->grid = grid_new(sh->out, cols, sizeof(cols) / sizeof(cols[0]));
}

static int
user_text(struct show *sh, const struct msg *m)
{
	struct user_row	u;

	if (get_user(m, &u) == -1)
		return -1;
	grid_cell(sh->grid, "%s", u.name);
	grid_cell(sh->grid, "%s", u.method);
	grid_cell(sh->grid, "%s", u.cached ? "yes" : "no");
	grid_cell(sh->grid, "%" PRIu64, u.logins);
	grid_cell(sh->grid, "%" PRIu64, u.failures);
	grid_cell(sh->grid, "%s", u.options[0] == '\0' ? "-" : u.options);
	return 0;
}

static void
users_json_begin(struct show *sh)
{
	show_json_open(sh, "users");
}

static int
user_json(struct show *sh, const struct msg *m)
{
	struct user_row	 u;
	struct json	*j = &sh->json;

	if (get_user(m, &u) == -1)
		return -1;
	json_object(j, NULL);
	json_str(j, "name", u.name);
	json_str(j, "method", u.method);
	json_str(j, "options", u.options);
	json_options(j, u.options);
	json_bool(j, "cached", u.cached);
	json_u64(j, "logins", u.logins);
	json_u64(j, "failures", u.failures);
	json_end(j);
	return 0;
}

/* "groups=a+b,expires=2027-01-31,from=192.0.2.0/24,disabled", apart. */
static void
json_options(struct json *j, char *options)
{
	char	*option, *groups = NULL, *expires = NULL, *from = NULL;
	int	 disabled = 0;

	while ((option = strsep(&options, ",")) != NULL) {
		if (strncmp(option, "groups=", 7) == 0)
			groups = option + 7;
		else if (strncmp(option, "expires=", 8) == 0)
			expires = option + 8;
		else if (strncmp(option, "from=", 5) == 0)
			from = option + 5;
		else if (strcmp(option, "disabled") == 0)
			disabled = 1;
	}
	json_list(j, "groups", groups);
	json_str(j, "expires", expires);
	json_list(j, "from", from);
	json_bool(j, "disabled", disabled);
}

/* What stands between plus signs; NULL is an empty list. */
static void
json_list(struct json *j, const char *name, char *list)
{
	char	*one;

	json_array(j, name);
	while ((one = strsep(&list, "+")) != NULL)
		json_str(j, NULL, one);
	json_end(j);
}

static int
get_user(const struct msg *m, struct user_row *row)
{
	struct rbuf	r;

	if (m->type != MSG_CTL_USER_ROW)
		return -1;
	rbuf_init(&r, m->data, m->len);
	return user_row_get(&r, row) == 0 && rbuf_done(&r) ? 0 : -1;
}

static void
bans_begin(struct show *sh)
{
	static const struct grid_col	cols[] = {
		{ "failures", 'r', 0 },
		{ "left", 'r', 0 },
		{ "banned", 'l', 0 }
	};

	sh->grid = grid_new(sh->out, cols, sizeof(cols) / sizeof(cols[0]));
}

static int
ban_text(struct show *sh, const struct msg *m)
{
	struct ban_row	b;
	char		left[SHOW_SHORT];

	if (get_ban(m, &b) == -1)
		return -1;
	grid_cell(sh->grid, "%" PRIu32, b.failures);
	grid_cell(sh->grid, "%s", show_time(left, b.left_ms));
	grid_cell(sh->grid, "%s%s%s", b.what, b.at[0] == '\0' ? "" : " at ",
	    b.at);
	return 0;
}

static void
bans_json_begin(struct show *sh)
{
	show_json_open(sh, "bans");
}

static int
ban_json(struct show *sh, const struct msg *m)
{
	struct ban_row	 b;
	struct json	*j = &sh->json;
	const char	*user;

	if (get_ban(m, &b) == -1)
		return -1;
	json_object(j, NULL);
	user = strncmp(b.what, "user ", 5) == 0 ? b.what + 5 : NULL;
	json_str(j, "what", b.what);
	json_str(j, "at", b.at[0] == '\0' ? NULL : b.at);
	json_str(j, "source", user == NULL ? b.what : NULL);
	json_str(j, "user", user);
	json_u64(j, "failures", b.failures);
	json_u64(j, "left_ms", b.left_ms);
	json_end(j);
	return 0;
}

static int
get_ban(const struct msg *m, struct ban_row *row)
{
	struct rbuf	r;

	if (m->type != MSG_CTL_BAN_ROW)
		return -1;
	rbuf_init(&r, m->data, m->len);
	return ban_row_get(&r, row) == 0 && rbuf_done(&r) ? 0 : -1;
}
