/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Rows of "show upstreams".
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "say.h"
#include "show_list.h"

static void text(struct show *, const union list_row *);
static void json(struct json *, const union list_row *);

/* As the configuration calls them. */
static const char *const balances[] = { "failover", "roundrobin", "source" };
static const char *const protocols[] = { "socks5", "socks4a", "http" };

const struct show_list list_proxy = {
	.name = "upstreams",
	.title = "upstream     nr speaks  address               state        "
		 "sessions connect  bytes   tries failures",
	.text = text,
	.json = json,
};

/* The last error gets a line of its own. */
static void
text(struct show *sh, const union list_row *row)
{
	const struct proxy_row *p = &row->proxy;
	char                    addr[ADDRPORT_STRLEN], state[32];
	char                    time[SHOW_SHORT], bytes[SHOW_SHORT];
	char                    connect[16] = "-";

	if (p->connect_ms != PROXY_NEVER)
		(void)snprintf(connect, sizeof(connect), "%" PRIu32 "ms",
		    p->connect_ms);
	(void)strlcpy(state, proxy_state_name(p->state), sizeof(state));
	if (p->state == PROXY_TRIPPED)
		(void)snprintf(state, sizeof(state), "tripped %s",
		    show_time(time, p->left_ms));
	say_safe(sh->out, p->upstream);
	(void)fprintf(sh->out,
	    "%*s %2u %-7s %-21s %-12s %8" PRIu64 " %7s %6s %7" PRIu64
	    " %8" PRIu64 "\n",
	    strlen(p->upstream) < 12 ? 12 - (int)strlen(p->upstream) : 0, "",
	    p->member, protocols[p->protocol],
	    addr_print_port(&p->addr, p->port, addr, sizeof(addr)), state,
	    p->sessions, connect,
	    show_bytes(bytes, p->bytes_up + p->bytes_down), p->tries,
	    p->failures);
	if (p->error[0] == '\0')
		return;
	(void)fprintf(sh->out, "    %s ago: ", show_time(time, p->error_ms));
	say_safe(sh->out, p->error);
	(void)fputc('\n', sh->out);
}

static void
json(struct json *j, const union list_row *row)
{
	const struct proxy_row *p = &row->proxy;
	char                    addr[ADDR_STRLEN];

	json_str(j, "upstream", p->upstream);
	json_str(j, "balance", balances[p->balance]);
	json_str(j, "via", p->via);
	json_u64(j, "member", p->member);
	json_str(j, "protocol", protocols[p->protocol]);
	json_str(j, "address", addr_print(&p->addr, addr, sizeof(addr)));
	json_u64(j, "port", p->port);
	json_str(j, "state", proxy_state_name(p->state));
	json_u64(j, "left_ms", p->left_ms);
	json_u64(j, "sessions", p->sessions);
	json_u64(j, "bytes_up", p->bytes_up);
	json_u64(j, "bytes_down", p->bytes_down);
	if (p->connect_ms == PROXY_NEVER)
		json_null(j, "connect_ms");
	else
		json_u64(j, "connect_ms", p->connect_ms);
	json_u64(j, "tries", p->tries);
	json_u64(j, "failures", p->failures);
	json_str(j, "error", p->error);
	json_u64(j, "error_age_ms", p->error_ms);
}
