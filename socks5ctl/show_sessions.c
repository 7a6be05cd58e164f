/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Printers of "show sessions".  Part of socks5ctl.
 */

#include <inttypes.h>
#include <string.h>

#include "base/msg_codec.h"
#include "show.h"

/*
 * One row fits into 100 columns unless the id has more than 6 digits, or the
 * way is told behind it.
 */
#define CLIENT_COLS	21
#define USER_COLS	7
#define TARGET_COLS	18
#define STATE_COLS	11

static void	text_begin(struct show *);
static int	text_row(struct show *, const struct msg *);
static void	text_end(struct show *);
static void	json_begin(struct show *);
static int	json_row(struct show *, const struct msg *);
static void	json_known(struct json *, const char *, uint64_t);
static int	get_row(const struct msg *, struct session_row *);
static void	print_target(char *, size_t, const struct session_row *);
static void	print_way(FILE *, const struct session_row *);
static void	cut(char *, size_t);

const struct show_kind	show_sessions = {
	{ text_begin, text_row, text_end },
	{ json_begin, json_row, show_json_close }
};

static void
text_begin(struct show *sh)
{
	(void)fprintf(sh->out, "%6s %2s %-*s %-*s %-7s %-*s %-*s "
	    "%4s %4s %5s %5s\n", "id", "rl", CLIENT_COLS, "client",
	    USER_COLS, "user", "command", TARGET_COLS, "target",
	    STATE_COLS, "state", "age", "idle", "up", "down");
}

static int
text_row(struct show *sh, const struct msg *m)
{
	struct session_row	s;
	char			client[ADDRPORT_STRLEN];
	char			user[4 * sizeof(s.user)];
	char			target[4 * sizeof(s.name)];
	char			state[16];
	char			age[SHOW_SHORT], idle[SHOW_SHORT];
	char			up[SHOW_SHORT], down[SHOW_SHORT];

	if (get_row(m, &s) == -1)
		return -1;
	addr_print_port(&s.client, s.client_port, client, sizeof(client));
	log_escape(user, sizeof(user), s.user, strlen(s.user));
	print_target(target, sizeof(target), &s);
	(void)strlcpy(state, session_state_name(s.state), sizeof(state));
	cut(client, CLIENT_COLS);
	cut(user, USER_COLS);
	cut(state, STATE_COLS);
	(void)fprintf(sh->out, "%6" PRIu64 " %2u %-*s %-*s %-7s %-*s %-*s "
	    "%4s %4s %5s %5s", s.id, s.relay, CLIENT_COLS, client,
	    USER_COLS, user[0] == '\0' ? "-" : user,
	    s.command == SESSION_NO_COMMAND ? "-" :
	    session_command_name(s.command), TARGET_COLS, target,
	    STATE_COLS, state, show_time(age, s.age_ms),
	    s.idle_ms == SESSION_ROW_UNKNOWN ? "?" :
	    show_time(idle, s.idle_ms),
	    s.up == SESSION_ROW_UNKNOWN ? "?" : show_bytes(up, s.up),
	    s.down == SESSION_ROW_UNKNOWN ? "?" : show_bytes(down, s.down));
	print_way(sh->out, &s);
	(void)fputc('\n', sh->out);
	return 0;
}

static void
text_end(struct show *sh)
{
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

/* The port is kept when the name is cut. */
static void
print_target(char *dst, size_t size, const struct session_row *s)
{
	char	port[8];
	size_t	n;

	if (s->command == SESSION_NO_COMMAND ||
	    (s->name[0] == '\0' && s->target.af == AF_UNSPEC)) {
		(void)strlcpy(dst, "-", size);
		return;
	}
	if (s->name[0] != '\0')
		log_escape(dst, size, s->name, strlen(s->name));
	else {
		addr_print_port(&s->target, s->target_port, dst, size);
		*strrchr(dst, ':') = '\0';
	}
	n = (size_t)snprintf(port, sizeof(port), ":%u", s->target_port);
	cut(dst, TARGET_COLS - n);
	(void)strlcat(dst, port, size);
}

/* As in the log; most sessions have neither, so there is no column for it. */
static void
print_way(FILE *out, const struct session_row *s)
{
	char	via[4 * sizeof(s->via)], rdr[ADDRPORT_STRLEN];

	if (s->via[0] != '\0') {
		log_escape(via, sizeof(via), s->via, strlen(s->via));
		(void)fprintf(out, " via=%s", via);
	}
	if (s->rdr.af != AF_UNSPEC)
		(void)fprintf(out, " rdr=%s", addr_print_port(&s->rdr,
		    s->rdr_port, rdr, sizeof(rdr)));
}

static void
cut(char *s, size_t cols)
{
	if (strlen(s) > cols)
		(void)strlcpy(s + cols - 2, "..", 3);
}
