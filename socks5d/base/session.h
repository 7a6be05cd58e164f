/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What every role means by a session: commands, states and how it ended.
 *
 * Pure.
 */

#ifndef BASE_SESSION_H
#define BASE_SESSION_H

/* What a client may send before its target is connected; then it waits. */
#define SESSION_EARLY_MAX 2048

enum session_command {
	SESSION_NO_COMMAND = 0, /* it did not get that far */
	SESSION_CONNECT = 1,    /* numbers of RFC 1928, section 4 */
	SESSION_BIND = 2,
	SESSION_UDP = 3,
};

enum session_state {
	SESSION_HANDSHAKE, /* the client has not finished its request */
	SESSION_RESOLVING,
	SESSION_CONNECTING,
	SESSION_BOUND,       /* BIND: its target may connect */
	SESSION_OPEN,        /* bytes flow both ways */
	SESSION_HALF_CLOSED, /* one side said FIN */
	SESSION_CLOSING,     /* reply sent, waiting for the client to go */
	SESSION_STATE_MAX,
};

/* Why a session ended; the names are part of the log format. */
enum session_cause {
	CAUSE_NONE,
	CAUSE_CLOSED, /* both sides said FIN */
	CAUSE_CLIENT_RESET,
	CAUSE_TARGET_RESET,
	CAUSE_CLIENT_LOST, /* its host gave no sign of life */
	CAUSE_TARGET_LOST,
	CAUSE_CLIENT_GONE, /* left before its request was answered */
	CAUSE_HANDSHAKE_TIMEOUT,
	CAUSE_IDLE_TIMEOUT,
	CAUSE_HALF_CLOSED_TIMEOUT,
	CAUSE_BAD_PROTOCOL, /* not SOCKS5, or malformed */
	CAUSE_NO_METHOD,    /* no authentication method in common */
	CAUSE_LOGIN_FAILED, /* the hint says why */
	CAUSE_BAD_COMMAND,
	CAUSE_BAD_ADDRESS_TYPE,
	CAUSE_BAD_NAME, /* not a name, or a number in disguise */
	CAUSE_RULE,     /* refused by a rule, or by there being none */
	CAUSE_INTERNAL, /* refused: internal address, not named */
	CAUSE_NAME_NOT_FOUND,
	CAUSE_NAME_FAILED, /* the name servers did not answer usefully */
	CAUSE_CONNECT_REFUSED,
	CAUSE_CONNECT_TIMEOUT,
	CAUSE_BIND_TIMEOUT, /* nobody came who was awaited */
	CAUSE_NET_UNREACHABLE,
	CAUSE_HOST_UNREACHABLE,
	CAUSE_CONNECT_DENIED, /* by a firewall of this host */
	CAUSE_CONNECT_FAILED, /* any other errno of connect(2) */
	CAUSE_NO_RESOURCES,   /* out of descriptors, ports or memory */
	CAUSE_KILLED,         /* socks5ctl kill */
	CAUSE_STOPPED,        /* the daemon ended */
	CAUSE_RELAY_DIED,
	CAUSE_ROUTER_DIED,      /* died while it worked on the request */
	CAUSE_AUTH_DIED,        /* died while it checked the login */
	CAUSE_LIMIT,            /* a limit is reached: the hint says which */
	CAUSE_QUOTA,            /* used up while the session was open */
	CAUSE_REVOKED,          /* a reload's rules no longer allow it */
	CAUSE_UPSTREAM_FAILED,  /* no proxy of it works; the hint says why */
	CAUSE_UPSTREAM_REFUSED, /* the proxy does not allow the target */
	CAUSE_MAX,
};

/* What a relay knows of why it refused; the texts are in the log. */
enum session_hint {
	HINT_NONE,
	HINT_HTTP, /* a request to a web server */
	HINT_HTTP_PROXY,
	HINT_SOCKS4,
	HINT_TLS,
	HINT_SSH,
	HINT_PROXY_HEADER,
	HINT_LOGIN_FIRST, /* RFC 1929 before a method was agreed on */
	HINT_NOT_SOCKS,
	HINT_LOGIN, /* malformed; likewise the next four */
	HINT_REQUEST,
	HINT_COMMAND,
	HINT_ADDRESS_TYPE,
	HINT_NAME,
	HINT_NO_LOGIN,   /* a login is required and not offered */
	HINT_ONLY_LOGIN, /* it is not taken and nothing else offered */
	HINT_METHODS,    /* neither is offered */
	HINT_MAX,
};

/* Why a datagram was dropped; the names are part of the log format. */
enum udp_drop {
	DROP_STRANGER,  /* not from the client's address and port */
	DROP_FRAGMENT,  /* FRAG is not 0 */
	DROP_MALFORMED, /* its header is */
	DROP_RULE,      /* refused by a rule, or by there being none */
	DROP_INTERNAL,  /* its destination is internal, and not named */
	DROP_NAME,      /* its destination has no address, or no real name */
	DROP_LIMIT,     /* too many destinations, or another limit */
	DROP_WAITING,   /* too many wait for a verdict */
	DROP_RATE,      /* over the rate or quota of its rule */
	DROP_SIZE,      /* too long for where it goes */
	DROP_BUFFER,    /* the system's buffers are full */
	DROP_UNREACHABLE,
	DROP_NO_RESOURCES, /* out of descriptors, ports or memory */
	DROP_MAX,
};

/*
 * Why a flow of an association ended, but for those that were refused, which
 * have a reason to drop; the names are part of the log format.
 */
enum udp_end {
	UDP_END_NONE,    /* it has not */
	UDP_END_CLOSED,  /* with its association */
	UDP_END_IDLE,    /* no datagram either way */
	UDP_END_EVICTED, /* another destination has its place */
	UDP_END_REVOKED, /* a reload's rules no longer allow it */
	UDP_END_QUOTA,   /* that of its rule is used up */
	UDP_END_PROXY,   /* the way by its proxy is lost */
	UDP_END_NO_RESOURCES,
	UDP_END_MAX,
};

const char *session_command_name(enum session_command); /* "connect" */
const char *session_state_name(enum session_state);     /* "open" */
const char *session_cause_name(enum session_cause);     /* "closed" */
const char *session_hint_text(enum session_hint);       /* "" for none */
const char *udp_drop_name(enum udp_drop);               /* "fragment" */
const char *udp_end_name(enum udp_end);                 /* "evicted" */

#endif /* BASE_SESSION_H */
