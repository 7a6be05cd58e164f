/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rows of "show sessions".
 */

#include <inttypes.h>
#include <string.h>

#include "show_list.h"

/* What is too wide for a terminal is cut in this order. */
static const struct grid_col cols[] = {
	{ "id", 'r', 0 }, { "rl", 'r', 0 }, { "client", 'l', 21 },
	{ "user", 'l', 7 }, { "command", 'l', 0 }, { "target", 'l', 18 },
	{ "state", 'l', 0 }, { "age", 'r', 0 }, { "idle", 'r', 0 },
	{ "up", 'r', 0 }, { "down", 'r', 0 },
	{ "", 'l', 0 }, /* where it goes by; most go directly */
};

#define NCOLS (sizeof(cols) / sizeof(cols[0]))

static void text(struct show *, const union list_row *);
static void text_moved(struct grid *, const struct session_row *);
static void json(struct json *, const union list_row *);
static void json_udp(struct json *, const struct session_row *);
static void json_known(struct json *, const char *, uint64_t);
static void print_target(char *, size_t, const struct session_row *);
static void print_way(char *, size_t, const struct session_row *);

/* A name or an address, a port, and what is between them. */
#define TARGET_SIZE (HOSTNAME_MAX + 16)

const struct show_list list_session = {
	"sessions",
	NULL,
	cols,
	NCOLS,
	text,
	json,
};

static void
text(struct show *sh, const union list_row *row)
{
	const struct session_row *s = &row->session;
	struct grid              *g = sh->grid;
	char                      buf[TARGET_SIZE], age[SHOW_SHORT];

	grid_cell(g, "%" PRIu64, s->id);
	grid_cell(g, "%u", s->relay);
	addr_print_port(&s->client, s->client_port, buf, sizeof(buf));
	grid_cell(g, "%s", buf);
	grid_cell(g, "%s", s->user[0] == '\0' ? "-" : s->user);
	grid_cell(g, "%s",
	    s->command == SESSION_NO_COMMAND ?
		"-" :
		session_command_name(s->command));
	print_target(buf, sizeof(buf), s);
	grid_cell(g, "%s", buf);
	grid_cell(g, "%s", session_state_name(s->state));
	grid_cell(g, "%s", show_time(age, s->age_ms));
	text_moved(g, s);
	print_way(buf, sizeof(buf), s);
	grid_cell(g, "%s", buf);
}

/* What its relay says. */
static void
text_moved(struct grid *g, const struct session_row *s)
{
	char text[SHOW_SHORT];

	grid_cell(g, "%s",
	    s->idle_ms == SESSION_ROW_UNKNOWN ? "?" :
						show_time(text, s->idle_ms));
	grid_cell(g, "%s",
	    s->up == SESSION_ROW_UNKNOWN ? "?" : show_bytes(text, s->up));
	grid_cell(g, "%s",
	    s->down == SESSION_ROW_UNKNOWN ? "?" : show_bytes(text, s->down));
}

static void
json(struct json *j, const union list_row *row)
{
	const struct session_row *s = &row->session;
	char                      addr[ADDR_STRLEN];
	char                      rdr[ADDRPORT_STRLEN];

	json_u64(j, "id", s->id);
	json_u64(j, "relay", s->relay);
	json_str(j, "client", addr_print(&s->client, addr, sizeof(addr)));
	json_u64(j, "client_port", s->client_port);
	show_json_text(j, "user", s->user);
	json_str(j, "command",
	    s->command == SESSION_NO_COMMAND ?
		NULL :
		session_command_name(s->command));
	show_json_text(j, "name", s->name);
	json_str(j, "address",
	    s->target.af == AF_UNSPEC ?
		NULL :
		addr_print(&s->target, addr, sizeof(addr)));
	json_u64(j, "port", s->target_port);
	show_json_text(j, "via", s->via);
	json_str(j, "rdr",
	    s->rdr.af == AF_UNSPEC ?
		NULL :
		addr_print_port(&s->rdr, s->rdr_port, rdr, sizeof(rdr)));
	json_str(j, "state", session_state_name(s->state));
	json_u64(j, "age_ms", s->age_ms);
	json_known(j, "idle_ms", s->idle_ms);
	json_known(j, "up", s->up);
	json_known(j, "down", s->down);
	json_udp(j, s);
}

/* The members of the log's lines: null where there are no datagrams. */
static void
json_udp(struct json *j, const struct session_row *s)
{
	const struct udp_sums *u = &s->udp;
	int                    has = s->command == SESSION_UDP && !u->unknown;
	unsigned int           i;

	json_known(j, "datagrams_up", has ? u->nup : SESSION_ROW_UNKNOWN);
	json_known(j, "datagrams_down", has ? u->ndown : SESSION_ROW_UNKNOWN);
	json_known(j, "destinations",
	    has ? u->destinations : SESSION_ROW_UNKNOWN);
	if (!has) {
		json_null(j, "drops");
		return;
	}
	json_object(j, "drops");
	for (i = 0; i < DROP_MAX; i++)
		if (u->drops[i] != 0)
			json_u64(j, udp_drop_name((enum udp_drop)i),
			    u->drops[i]);
	json_end(j);
}

static void
json_known(struct json *j, const char *name, uint64_t n)
{
	if (n == SESSION_ROW_UNKNOWN)
		json_null(j, name);
	else
		json_u64(j, name, n);
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
	char rdr[ADDRPORT_STRLEN];

	(void)snprintf(dst, size, "%s%s%s%s%s",
	    s->via[0] == '\0' ? "" : "via=", s->via,
	    s->via[0] != '\0' && s->rdr.af != AF_UNSPEC ? " " : "",
	    s->rdr.af == AF_UNSPEC ? "" : "rdr=",
	    s->rdr.af == AF_UNSPEC ?
		"" :
		addr_print_port(&s->rdr, s->rdr_port, rdr, sizeof(rdr)));
}
