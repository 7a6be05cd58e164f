/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names of commands, states and causes, as logs and socks5ctl print them.
 *
 * Pure.
 */

#include <stddef.h>

#include "base/session.h"
#include "compat/nitems.h"

static const char *name_of(const char *const *, size_t, unsigned int);

static const char *const command_names[] = {
	[SESSION_NO_COMMAND] = "none",
	[SESSION_CONNECT] = "connect",
	[SESSION_BIND] = "bind",
	[SESSION_UDP] = "udp",
};

static const char *const state_names[] = {
	[SESSION_HANDSHAKE] = "handshake",
	[SESSION_RESOLVING] = "resolving",
	[SESSION_CONNECTING] = "connecting",
	[SESSION_BOUND] = "bound",
	[SESSION_OPEN] = "open",
	[SESSION_HALF_CLOSED] = "half-closed",
	[SESSION_CLOSING] = "closing",
};

static const char *const cause_names[] = {
	[CAUSE_NONE] = "none",
	[CAUSE_CLOSED] = "closed",
	[CAUSE_CLIENT_RESET] = "client-reset",
	[CAUSE_TARGET_RESET] = "target-reset",
	[CAUSE_CLIENT_LOST] = "client-lost",
	[CAUSE_TARGET_LOST] = "target-lost",
	[CAUSE_CLIENT_GONE] = "client-gone",
	[CAUSE_HANDSHAKE_TIMEOUT] = "handshake-timeout",
	[CAUSE_IDLE_TIMEOUT] = "idle-timeout",
	[CAUSE_HALF_CLOSED_TIMEOUT] = "half-closed-timeout",
	[CAUSE_BAD_PROTOCOL] = "bad-protocol",
	[CAUSE_NO_METHOD] = "no-method",
	[CAUSE_LOGIN_FAILED] = "login-failed",
	[CAUSE_BAD_COMMAND] = "bad-command",
	[CAUSE_BAD_ADDRESS_TYPE] = "bad-address-type",
	[CAUSE_BAD_NAME] = "bad-name",
	[CAUSE_RULE] = "rule",
	[CAUSE_INTERNAL] = "internal-address",
	[CAUSE_NAME_NOT_FOUND] = "name-not-found",
	[CAUSE_NAME_FAILED] = "name-failed",
	[CAUSE_CONNECT_REFUSED] = "connect-refused",
	[CAUSE_CONNECT_TIMEOUT] = "connect-timeout",
	[CAUSE_BIND_TIMEOUT] = "bind-timeout",
	[CAUSE_NET_UNREACHABLE] = "net-unreachable",
	[CAUSE_HOST_UNREACHABLE] = "host-unreachable",
	[CAUSE_CONNECT_DENIED] = "connect-denied",
	[CAUSE_CONNECT_FAILED] = "connect-failed",
	[CAUSE_NO_RESOURCES] = "no-resources",
	[CAUSE_KILLED] = "killed",
	[CAUSE_STOPPED] = "stopped",
	[CAUSE_RELAY_DIED] = "relay-died",
	[CAUSE_ROUTER_DIED] = "router-died",
	[CAUSE_AUTH_DIED] = "auth-died",
	[CAUSE_LIMIT] = "limit",
	[CAUSE_QUOTA] = "quota",
	[CAUSE_REVOKED] = "revoked",
	[CAUSE_UPSTREAM_FAILED] = "upstream-failed",
	[CAUSE_UPSTREAM_REFUSED] = "upstream-refused",
};

static const char *const hint_texts[] = {
	[HINT_NONE] = "",
	[HINT_HTTP] = "an HTTP request: this is a SOCKS5 proxy, not "
		      "a web server",
	[HINT_HTTP_PROXY] = "an HTTP proxy request: set this proxy as "
			    "SOCKS5, not HTTP, in the client",
	[HINT_SOCKS4] = "SOCKS4: set the client to SOCKS5",
	[HINT_TLS] = "TLS: this listener does not speak TLS; an "
		     "https proxy setting does this, too",
	[HINT_SSH] = "SSH: the client connects without SOCKS, see "
		     "ProxyCommand in ssh_config(5)",
	[HINT_PROXY_HEADER] = "a PROXY protocol header: not supported here",
	[HINT_LOGIN_FIRST] = "a login before the greeting",
	[HINT_NOT_SOCKS] = "no known protocol",
	[HINT_LOGIN] = "malformed login, see RFC 1929",
	[HINT_REQUEST] = "malformed request",
	[HINT_COMMAND] = "unknown command: not CONNECT, BIND or UDP ASSOCIATE",
	[HINT_ADDRESS_TYPE] = "unknown address type: not IPv4, IPv6 or name",
	[HINT_NAME] = "invalid host name",
	[HINT_NO_LOGIN] = "the client offers no login; browsers cannot "
			  "log in to SOCKS5",
	[HINT_ONLY_LOGIN] = "the client insists on a login; this listener "
			    "takes none",
	[HINT_METHODS] = "the client offers neither a password login "
			 "nor no login",
};

static const char *const drop_names[] = {
	[DROP_STRANGER] = "stranger",
	[DROP_FRAGMENT] = "fragment",
	[DROP_MALFORMED] = "malformed",
	[DROP_RULE] = "rule",
	[DROP_INTERNAL] = "internal-address",
	[DROP_NAME] = "name",
	[DROP_LIMIT] = "limit",
	[DROP_WAITING] = "waiting",
	[DROP_RATE] = "rate",
	[DROP_SIZE] = "size",
	[DROP_BUFFER] = "buffer",
	[DROP_UNREACHABLE] = "unreachable",
	[DROP_NO_RESOURCES] = "no-resources",
};

static const char *const end_names[] = {
	[UDP_END_NONE] = "none",
	[UDP_END_CLOSED] = "closed",
	[UDP_END_IDLE] = "idle",
	[UDP_END_EVICTED] = "evicted",
	[UDP_END_REVOKED] = "revoked",
	[UDP_END_QUOTA] = "quota",
	[UDP_END_PROXY] = "proxy",
	[UDP_END_NO_RESOURCES] = "no-resources",
};

_Static_assert(nitems(state_names) == SESSION_STATE_MAX,
    "every state needs its name");
_Static_assert(nitems(cause_names) == CAUSE_MAX, "every cause needs its name");
_Static_assert(nitems(drop_names) == DROP_MAX, "every drop needs its name");
_Static_assert(nitems(end_names) == UDP_END_MAX, "every end needs its name");
_Static_assert(nitems(hint_texts) == HINT_MAX, "every hint needs its text");

const char *
session_command_name(enum session_command command)
{
	return name_of(command_names, nitems(command_names), command);
}

const char *
session_state_name(enum session_state state)
{
	return name_of(state_names, nitems(state_names), state);
}

const char *
session_cause_name(enum session_cause cause)
{
	return name_of(cause_names, nitems(cause_names), cause);
}

const char *
session_hint_text(enum session_hint hint)
{
	return name_of(hint_texts, nitems(hint_texts), hint);
}

const char *
udp_drop_name(enum udp_drop drop)
{
	return name_of(drop_names, nitems(drop_names), drop);
}

static const char *
name_of(const char *const *names, size_t n, unsigned int i)
{
	if (i >= n)
		return "?";
	return names[i];
}

const char *
udp_end_name(enum udp_end end)
{
	return name_of(end_names, nitems(end_names), end);
}
