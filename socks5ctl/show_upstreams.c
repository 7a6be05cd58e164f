/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Printer of "show upstreams".  Part of socks5ctl.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/msg_proxy.h"
#include "show.h"

static void	begin(struct show *);
static int	row_text(struct show *, const struct msg *);
static void	none(struct show *);
static void	json_begin(struct show *);
static int	row_json(struct show *, const struct msg *);
static int	get_row(const struct msg *, struct proxy_row *);

/* As the configuration calls them. */
static const char *const balances[] = { "failover", "roundrobin", "source" };
static const char *const protocols[] = { "socks5", "socks4a", "http" };

const struct show_kind	show_upstreams = {
	{ begin, row_text, none },
	{ json_begin, row_json, show_json_close }
};

static void
none(struct show *sh)
{
}

static void
begin(struct show *sh)
{
	(void)fprintf(sh->out, "%-12s %2s %-7s %-21s %-12s %8s %7s %6s %7s "
	    "%8s\n", "upstream", "nr", "speaks", "address", "state",
	    "sessions", "connect", "bytes", "tries", "failures");
}

/* The last error gets a line of its own. */
static int
row_text(struct show *sh, const struct msg *m)
{
	struct proxy_row	p;
	char			addr[ADDRPORT_STRLEN], state[32];
	char			time[SHOW_SHORT], bytes[SHOW_SHORT];
	char			connect[16] = "-";

	if (get_row(m, &p) == -1)
		return -1;
	if (p.connect_ms != PROXY_NEVER)
		(void)snprintf(connect, sizeof(connect), "%" PRIu32 "ms",
		    p.connect_ms);
	(void)strlcpy(state, proxy_state_name(p.state), sizeof(state));
	if (p.state == PROXY_TRIPPED)
		(void)snprintf(state, sizeof(state), "tripped %s",
		    show_time(time, p.left_ms));
	show_safe(sh->out, p.upstream);
	(void)fprintf(sh->out, "%*s %2u %-7s %-21s %-12s %8" PRIu64
	    " %7s %6s %7" PRIu64 " %8" PRIu64 "\n",
	    strlen(p.upstream) < 12 ? 12 - (int)strlen(p.upstream) : 0, "",
	    p.member, protocols[p.protocol], addr_print_port(&p.addr, p.port,
	    addr, sizeof(addr)), state, p.sessions, connect,
	    show_bytes(bytes, p.bytes_up + p.bytes_down), p.tries, p.failures);
	if (p.error[0] == '\0')
		return 0;
	(void)fprintf(sh->out, "    %s ago: ", show_time(time, p.error_ms));
	show_safe(sh->out, p.error);
	(void)fputc('\n', sh->out);
	return 0;
}

static void
json_begin(struct show *sh)
{
	show_json_open(sh, "upstreams");
}

static int
row_json(struct show *sh, const struct msg *m)
{
	struct proxy_row	 p;
	struct json		*j = &sh->json;
	char			 addr[ADDR_STRLEN];

	if (get_row(m, &p) == -1)
		return -1;
	json_object(j, NULL);
	json_str(j, "upstream", p.upstream);
	json_str(j, "balance", balances[p.balance]);
	json_str(j, "via", p.via);
	json_u64(j, "member", p.member);
	json_str(j, "protocol", protocols[p.protocol]);
	json_str(j, "address", addr_print(&p.addr, addr, sizeof(addr)));
	json_u64(j, "port", p.port);
	json_str(j, "state", proxy_state_name(p.state));
	json_u64(j, "left_ms", p.left_ms);
	json_u64(j, "sessions", p.sessions);
	json_u64(j, "bytes_up", p.bytes_up);
	json_u64(j, "bytes_down", p.bytes_down);
	if (p.connect_ms == PROXY_NEVER)
		json_null(j, "connect_ms");
	else
		json_u64(j, "connect_ms", p.connect_ms);
	json_u64(j, "tries", p.tries);
	json_u64(j, "failures", p.failures);
	json_str(j, "error", p.error);
	json_u64(j, "error_age_ms", p.error_ms);
	json_end(j);
	return 0;
}

static int
get_row(const struct msg *m, struct proxy_row *row)
{
	struct rbuf	r;

	if (m->type != MSG_CTL_PROXY_ROW)
		return -1;
	rbuf_init(&r, m->data, m->len);
	return proxy_row_get(&r, row) == 0 && rbuf_done(&r) ? 0 : -1;
}
