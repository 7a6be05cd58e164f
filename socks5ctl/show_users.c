/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rows of "show users" and "show bans".
 */

#include <inttypes.h>
#include <string.h>

#include "show_list.h"

static const struct grid_col user_cols[] = {
	{ "user", 'l', 16 },
	{ "hash", 'l', 0 },
	{ "cached", 'r', 0 },
	{ "logins", 'r', 0 },
	{ "failures", 'r', 0 },
	{ "options", 'l', 0 },
};

static const struct grid_col ban_cols[] = {
	{ "failures", 'r', 0 },
	{ "left", 'r', 0 },
	{ "banned", 'l', 0 },
};

static void user_text(struct show *, const union list_row *);
static void user_json(struct json *, const union list_row *);
static void json_options(struct json *, const char *);
static void json_list(struct json *, const char *, char *);
static void ban_text(struct show *, const union list_row *);
static void ban_json(struct json *, const union list_row *);

const struct show_list list_user = {
	"users",
	NULL,
	user_cols,
	sizeof(user_cols) / sizeof(user_cols[0]),
	user_text,
	user_json,
};

const struct show_list list_ban = {
	"bans",
	NULL,
	ban_cols,
	sizeof(ban_cols) / sizeof(ban_cols[0]),
	ban_text,
	ban_json,
};

static void
user_text(struct show *sh, const union list_row *row)
{
	const struct user_row *u = &row->user;

	grid_cell(sh->grid, "%s", u->name);
	grid_cell(sh->grid, "%s", u->method);
	grid_cell(sh->grid, "%s", u->cached ? "yes" : "no");
	grid_cell(sh->grid, "%" PRIu64, u->logins);
	grid_cell(sh->grid, "%" PRIu64, u->failures);
	grid_cell(sh->grid, "%s", u->options[0] == '\0' ? "-" : u->options);
}

static void
user_json(struct json *j, const union list_row *row)
{
	const struct user_row *u = &row->user;

	json_str(j, "name", u->name);
	json_str(j, "method", u->method);
	json_str(j, "options", u->options);
	json_options(j, u->options);
	json_bool(j, "cached", u->cached);
	json_u64(j, "logins", u->logins);
	json_u64(j, "failures", u->failures);
}

/* "groups=a+b,expires=2027-01-31,from=192.0.2.0/24,disabled", apart. */
static void
json_options(struct json *j, const char *options)
{
	char  copy[USER_OPTIONS_SIZE], *list = copy, *option;
	char *groups = NULL, *expires = NULL, *from = NULL;
	int   disabled = 0;

	(void)strlcpy(copy, options, sizeof(copy));
	while ((option = strsep(&list, ",")) != NULL) {
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
	char *one;

	json_array(j, name);
	while ((one = strsep(&list, "+")) != NULL)
		json_str(j, NULL, one);
	json_end(j);
}

static void
ban_text(struct show *sh, const union list_row *row)
{
	const struct ban_row *b = &row->ban;
	char                  left[SHOW_SHORT];

	grid_cell(sh->grid, "%" PRIu32, b->failures);
	grid_cell(sh->grid, "%s", show_time(left, b->left_ms));
	grid_cell(sh->grid, "%s%s%s", b->what, b->at[0] == '\0' ? "" : " at ",
	    b->at);
}

static void
ban_json(struct json *j, const union list_row *row)
{
	const struct ban_row *b = &row->ban;
	const char           *user;

	user = strncmp(b->what, "user ", 5) == 0 ? b->what + 5 : NULL;
	json_str(j, "what", b->what);
	show_json_text(j, "at", b->at);
	json_str(j, "source", user == NULL ? b->what : NULL);
	json_str(j, "user", user);
	json_u64(j, "failures", b->failures);
	json_u64(j, "left_ms", b->left_ms);
}
