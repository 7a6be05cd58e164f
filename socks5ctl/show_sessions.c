/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Printers of "show sessions".  Part of socks5ctl.
 */

#include <inttypes.h>
#include <string.h>

#include "base/msg_codec.h"
#include "grid.h"
#include "show.h"

/* What is too wide for a terminal is cut in this order. */
static const struct grid_col	cols[] = {
	{ "id", 'r', 0 },
	{ "rl", 'r', 0 },
	{ "client", 'l', 21 },
	{ "user", 'l', 7 },
	{ "command", 'l', 0 },
	{ "target", 'l', 18 },
	{ "state", 'l', 0 },
	{ "age", 'r', 0 },
	{ "idle", 'r', 0 },
	{ "up", 'r', 0 },
	{ "down", 'r', 0 },
	{ "", 'l', 0 }		/* where it goes by; most go directly */
};

#define NCOLS	(sizeof(cols) / sizeof(cols[0]))

static void	text_begin(struct show *);
static int	text_row(struct show *, const struct msg *);
static void	text_moved(struct grid *, const struct session_row *);
static void	json_begin(struct show *);
static int	json_row(struct show *, const struct msg *);
static void	json_known(struct json *, const char *, uint64_t);
static int	get_row(const struct msg *, struct session_row *);
static void	print_target(char *, size_t, const struct session_row *);
static void	print_way(char *, size_t, const struct session_row *);

/* A name or an address, a port, and what is between them. */
#define TARGET_SIZE	(HOSTNAME_MAX + 16)

const struct show_kind	show_sessions = {
	{ text_begin, text_row, show_grid_end },
	{ json_begin, json_row, show_json_close }
};

static void
text_begin(struct show *sh)
{
	sh->grid = grid_new(sh->out, cols, NCOLS);
}

static int
text_row(struct show *sh, const struct msg *m)
{
	struct session_row	s;
	struct grid		*g = sh->grid;
	char			text[TARGET_SIZE], age[SHOW_SHORT];

	if (get_row(m, &s) == -1)
		return -1;
	grid_cell(g, "%" PRIu64, s.id);
	grid_cell(g, "%u", s.relay);
	addr_print_port(&s.client, s.client_port, text, sizeof(text));
	grid_cell(g, "%s", text);
	grid_cell(g, "%s", s.user[0] == '\0' ? "-" : s.user);
	grid_cell(g, "%s", s.command == SESSION_NO_COMMAND ? "-" :
	    session_command_name(s.command));
	print_target(text, sizeof(text), &s);
	grid_cell(g, "%s", text);
	grid_cell(g, "%s", session_state_name(s.state));
	grid_cell(g, "%s", show_time(age, s.age_ms));
	text_moved(g, &s);
	print_way(text, sizeof(text), &s);
	grid_cell(g, "%s", text);
	return 0;
}

/* What its relay says. */
static void
text_moved(struct grid *g, const struct session_row *s)
{
	char	text[SHOW_SHORT];

	grid_cell(g, "%s", s->idle_ms == SESSION_ROW_UNKNOWN ? "?" :
	    show_time(text, s->idle_ms));
	grid_cell(g, "%s", s->up == SESSION_ROW_UNKNOWN ? "?" :
	    show_bytes(text, s->up));
	grid_cell(g, "%s", s->down == SESSION_ROW_UNKNOWN ? "?" :
	    show_bytes(text, s->down));
}

static void
json_begin(struct show *sh)
{
	show_json_open(sh, "sessions");
}

static int
json_row(struct show *sh, const struct msg *m)
{
	struct session_row	 s;
	struct json		*j = &sh->json;
	char			 addr[ADDR_STRLEN];
	char			 rdr[ADDRPORT_STRLEN];

	if (get_row(m, &s) == -1)
		return -1;
	json_object(j, NULL);
	json_u64(j, "id", s.id);
	json_u64(j, "relay", s.relay);
	json_str(j, "client", addr_print(&s.client, addr, sizeof(addr)));
	json_u64(j, "client_port", s.client_port);
	json_str(j, "user", s.user[0] == '\0' ? NULL : s.user);
	json_str(j, "command", s.command == SESSION_NO_COMMAND ? NULL :
	    session_command_name(s.command));
	json_str(j, "name", s.name[0] == '\0' ? NULL : s.name);
	json_str(j, "address", s.target.af == AF_UNSPEC ? NULL :
	    addr_print(&s.target, addr, sizeof(addr)));
	json_u64(j, "port", s.target_port);
	json_str(j, "via", s.via[0] == '\0' ? NULL : s.via);
	json_str(j, "rdr", s.rdr.af == AF_UNSPEC ? NULL : addr_print_port(
	    &s.rdr, s.rdr_port, rdr, sizeof(rdr)));
	json_str(j, "state", session_state_name(s.state));
	json_u64(j, "age_ms", s.age_ms);
	json_known(j, "idle_ms", s.idle_ms);
	json_known(j, "up", s.up);
	json_known(j, "down", s.down);
	json_end(j);
	return 0;
}

static void
json_known(struct json *j, const char *name, uint64_t n)
{
	if (n == SESSION_ROW_UNKNOWN)
		json_null(j, name);
	else
		json_u64(j, name, n);
}

static int
get_row(const struct msg *m, struct session_row *s)
{
	struct rbuf	r;

	if (m->type != MSG_CTL_SESSION_ROW)
		return -1;
	rbuf_init(&r, m->data, m->len);
	return session_row_get(&r, s) == 0 && rbuf_done(&r) ? 0 : -1;
}

static void
print_target(char *dst, size_t size, const struct session_row *s)
{
	if (s->command == SESSION_NO_COMMAND ||
	    (s->name[0] == '\0' && s->target.af == AF_UNSPEC))
		(void)strlcpy(dst, "-", size);
	else if (s->name[0] != '\0')
		(void)snprintf(dst, size, "%s:%u", s->name, s->target_port);
	else
		addr_print_port(&s->target, s->target_port, dst, size);
}

/* As in the log. */
static void
print_way(char *dst, size_t size, const struct session_row *s)
{
	char	rdr[ADDRPORT_STRLEN];

	(void)snprintf(dst, size, "%s%s%s%s%s", s->via[0] == '\0' ? "" :
	    "via=", s->via, s->via[0] != '\0' && s->rdr.af != AF_UNSPEC ?
	    " " : "", s->rdr.af == AF_UNSPEC ? "" : "rdr=",
	    s->rdr.af == AF_UNSPEC ? "" : addr_print_port(&s->rdr,
	    s->rdr_port, rdr, sizeof(rdr)));
}
