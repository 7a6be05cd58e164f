/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The messages between processes: one row per type and one gate.
 *
 * Pure.  Payloads are in msg_codec.h and its like, those of the config in
 * conf/wire.h.
 */

#ifndef BASE_MSG_H
#define BASE_MSG_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/proc.h"

/* Types are numbers of one build: parent and children are the same binary. */
enum msg_type {
	MSG_NONE,

	/* Never renumbered, so that differing versions can say so. */
	MSG_CTL_HELLO, /* socks5ctl and control: protocol version */

	/* Several messages in one datagram: of channel.c, no handler's. */
	MSG_PACK,

	/* Several in sealed memory, of any size: of bulk.c and channel.c. */
	MSG_BULK_FD, /* descriptor: of one of the messages */
	MSG_BULK,    /* descriptor: the memory */

	/* parent and its children: life */
	MSG_CHILD_START,         /* identity and walls; the first message */
	MSG_CHILD_PEER,          /* descriptor: a channel to a sibling */
	MSG_CHILD_VERBOSE,       /* debug lines on or off */
	MSG_CHILD_STOP,          /* end; the router: close listeners, drain */
	MSG_CHILD_READY,         /* confined; which walls stand */
	MSG_CHILD_LOG,           /* a line for the log */
	MSG_CHILD_SESSION_LINES, /* finished session lines, newline separated */
	MSG_CHILD_BAD_PEER,      /* a sibling broke the rules */
	MSG_CHILD_DRAINED,       /* router: no session is left */
	MSG_CHILD_KEY,           /* by which the router vouches to auth */
	MSG_CHILD_PING,          /* are you there? */
	MSG_CHILD_PONG,          /* yes; the id is that of the question */

	/* parent and its children: config */
	MSG_CONF_BEGIN,
	MSG_CONF_SETTINGS,
	MSG_CONF_LOG,
	MSG_CONF_RESOLVER,
	MSG_CONF_HOST,
	MSG_CONF_LISTENER, /* descriptor: the listening socket */
	MSG_CONF_RULE,
	MSG_CONF_RULE_FROM, /* these nine add to the last rule */
	MSG_CONF_RULE_TO,
	MSG_CONF_RULE_PORTS,
	MSG_CONF_RULE_ON,
	MSG_CONF_RULE_USERS, /* users and groups */
	MSG_CONF_RULE_DOMAINS,
	MSG_CONF_RULE_COUNTRIES,
	MSG_CONF_RULE_TIMES,
	MSG_CONF_RULE_DAYS,
	MSG_CONF_TABLE, /* maybe a descriptor: its image */
	MSG_CONF_USERS, /* descriptor: the file of users */
	MSG_CONF_GEOIP, /* descriptor: image of the database */
	MSG_CONF_UPSTREAM,
	MSG_CONF_MEMBER, /* adds to the last upstream */
	MSG_CONF_END,
	MSG_CONF_COMMIT,
	MSG_CONF_ABORT,
	MSG_CONF_READY,  /* child: built, waiting for the commit */
	MSG_CONF_FAILED, /* child: refused, with the reason */
	MSG_LOCAL_ADDRS, /* addresses of this host, or some of them */

	/* router and relay: sessions */
	MSG_SESSION_NEW,    /* descriptor: an accepted client */
	MSG_SESSION_OPEN,   /* what the client asks for */
	MSG_SESSION_OPENED, /* descriptor: the connected target */
	MSG_SESSION_BOUND,  /* a target is awaited; where it is to come */
	MSG_SESSION_REFUSED,
	MSG_SESSION_KILL,
	MSG_SESSION_CLOSED, /* a batch of finished sessions */
	MSG_SESSION_ADOPT,  /* a live session, told to a new router */
	MSG_SESSION_TOLD,   /* those were all of them */
	MSG_SESSION_MOVED,  /* bytes of open sessions so far */

	/* router and relay: UDP */
	MSG_UDP_OPENED,  /* an association */
	MSG_UDP_CLIENT,  /* descriptor: connected to its client */
	MSG_UDP_WANT,    /* a datagram for a new destination */
	MSG_UDP_FLOW,    /* descriptor: connected to it */
	MSG_UDP_REFUSED, /* not allowed, or not possible */
	MSG_UDP_CLOSE,   /* not allowed any more */
	MSG_UDP_FORGET,  /* what was refused before: other rules */
	MSG_UDP_COUNT,   /* what flows have moved so far */
	MSG_UDP_STATS,   /* datagrams of an association so far */

	/* logins: relay to auth to both; auth and those who hash */
	MSG_LOGIN_CHECK,  /* a name and a password */
	MSG_LOGIN_DONE,   /* what to tell the client */
	MSG_SESSION_USER, /* who it is, and how the login ended */
	MSG_HASH_JOB,     /* does this password have that hash */
	MSG_HASH_DONE,

	/* router and resolver: names */
	MSG_NAME_RESOLVE,
	MSG_NAME_ANSWER, /* one per family asked for */
	MSG_NAME_CANCEL,
	MSG_DNS_WANT,   /* a socket to name server n, please */
	MSG_DNS_SOCKET, /* descriptor: connected to name server n */
	MSG_DNS_FAILED, /* it could not be connected */

	/* control and its sources */
	MSG_SESSION_LOG,          /* router: a batch of finished sessions */
	MSG_FLOW_LOG,             /* the same of flows of associations */
	MSG_LIST_REQ,             /* a page of a list: of list.h */
	LIST_TABLE(LIST_MSG_ROWS) /* MSG_SESSION_ROWS, ...: such a page */
	MSG_STATS_REQ,
	MSG_STATS_RES,
	MSG_FLOWS_REQ, /* the same of flows */
	MSG_FLOWS_RES,
	MSG_KILL_REQ,
	MSG_KILL_RES,
	MSG_COUNTERS_REQ,
	MSG_COUNTERS_RES,
	MSG_STATUS_REQ,
	MSG_STATUS_RES,
	MSG_RELOAD_REQ,
	MSG_RELOAD_RES,
	MSG_VERBOSE_REQ,
	MSG_STOP_REQ,
	MSG_CONTROL_SOCKET, /* descriptor: the listening unix socket */
	MSG_USER_REQ,       /* change the file of users */
	MSG_USER_RES,
	MSG_USERS_SET, /* descriptor: the changed file */
	MSG_USERS_RES,
	MSG_UNBAN_REQ,
	MSG_UNBAN_RES,
	MSG_KILL_USER_REQ, /* all sessions of a user */
	MSG_KILL_USER_RES,

	/* tables: parent, loader, router, control */
	MSG_TABLE_JOB,    /* descriptor: an image to be filled */
	MSG_TABLE_SOURCE, /* descriptor: what it is made from */
	MSG_TABLE_BUILD,  /* that was all */
	MSG_TABLE_BUILT,  /* a complaint, or the end of the job */
	MSG_TABLE_SET,    /* descriptor: a new image of a table */
	MSG_TABLE_SET_RES,
	MSG_TABLE_REQ,  /* change a table */
	MSG_TABLE_NEXT, /* send some of the entries for it */
	MSG_TABLE_TEXT, /* they are this, or all were sent */
	MSG_TABLE_RES,
	MSG_TABLE_TEST_REQ, /* what is in a table? */
	MSG_TABLE_TEST_RES,
	MSG_TABLE_LIST_REQ, /* all that is in a table */
	MSG_TABLE_LIST_RES,

	/* upstreams: router, upstream, control */
	MSG_UPSTREAM_DIAL, /* descriptor: connected to the first hop */
	MSG_UPSTREAM_CANCEL,
	MSG_UPSTREAM_DONE,
	MSG_UPSTREAM_CARRY,    /* descriptor: UDP, connected to the proxy */
	MSG_UPSTREAM_FLOW,     /* descriptor: one end of a flow */
	MSG_UPSTREAM_FLOW_END, /* it ends, or cannot be carried */
	MSG_UPSTREAM_LOST,     /* so does all that went by that proxy */
	MSG_PROXY_SET_REQ,     /* use it, or do not */
	MSG_PROXY_SET_RES,

	/* limits: relays, router, parent, control */
	MSG_ALLOW_WANT, /* bytes, please */
	MSG_ALLOW_GRANT,
	MSG_ALLOW_RETURN, /* what was not used of it */
	MSG_ALLOW_SET,    /* the allowance of an open session */
	MSG_QUOTA_ROWS,   /* used quota, as lines */

	/* sockets by class: router and parent */
	MSG_SOCKET_WANT,
	MSG_SOCKET,        /* descriptor: one, not connected */
	MSG_SOCKET_FAILED, /* why there is none */

	/* revoke: parent and router; test: control, auth and router */
	MSG_REVOKE_REQ,
	MSG_REVOKE,  /* end sessions that the config refuses */
	MSG_REVOKED, /* how many */
	MSG_WHO_REQ, /* a user's groups, without a login */
	MSG_WHO_RES,
	MSG_TEST_REQ, /* what the rules would say */
	MSG_TEST_RES,

	/* socks5ctl and control */
	MSG_CTL_STATUS,
	MSG_CTL_LIST,
	MSG_CTL_COUNTERS,
	MSG_CTL_KILL,
	MSG_CTL_RELOAD,
	MSG_CTL_REVOKE, /* reload, and then ... */
	MSG_CTL_TEST,
	MSG_CTL_VERBOSE,
	MSG_CTL_STOP,
	MSG_CTL_USER,
	MSG_CTL_UNBAN,
	MSG_CTL_TABLE,
	MSG_CTL_TABLE_TEXT,
	MSG_CTL_TABLE_TEST,
	MSG_CTL_TABLE_SHOW,
	MSG_CTL_PROXY_SET,
	MSG_CTL_STATUS_ROW,
	MSG_CTL_CHILD_ROW,
	LIST_TABLE(LIST_MSG_CTL_ROW) /* MSG_CTL_SESSION_ROW, ... */
	MSG_CTL_TEST_ROW,
	MSG_CTL_COUNTER_ROW,
	MSG_CTL_TABLE_NEXT,
	MSG_CTL_TABLE_TEST_ROW,
	MSG_CTL_TABLE_ENTRIES,
	MSG_CTL_TEXT, /* a line to be shown to the user */
	MSG_CTL_DONE, /* end of the answer: done or refused */

	MSG_MAX,
};

/* A payload is at most this long. */
#define MSG_PAYLOAD_MAX 16384

/* On the wire before the payload: type (4 bytes), id (8 bytes). */
#define MSG_HEADER_LEN 12

/* One message as a handler sees it. */
struct msg {
	enum msg_type  type;
	uint64_t       id; /* session or request; 0 where there is none */
	const uint8_t *data;
	size_t         len;
	int            fd; /* -1 if none; see msg_take_fd() */
};

enum msg_verdict {
	MSG_OK,
	MSG_BAD_TYPE,
	MSG_BAD_ROUTE,
	MSG_BAD_LEN,
	MSG_BAD_FD,
};

/*
 * The one gate of every channel: nothing reaches a handler and nothing leaves
 * a sender unless its type, its route, its length and its number of
 * descriptors are those of the table.
 */
enum msg_verdict msg_check(uint32_t type, enum proc_id from, enum proc_id to,
    size_t len, int nfds);

/* True if the table has that route for the type. */
int msg_goes(uint32_t type, enum proc_id from, enum proc_id to);

/* Whether two roles have anything to say to each other: a channel, then. */
int msg_linked(enum proc_id, enum proc_id);

/* The type's name in logs ("session-open"), "?" for no type. */
const char *msg_name(uint32_t type);

/* Its payload is to be wiped by whoever had it: see channel.c. */
int msg_is_secret(uint32_t type);

/* Words for a verdict ("unknown type", ...). */
const char *msg_verdict_name(enum msg_verdict);

/* The descriptor of a message, now the caller's; -1 if there is none. */
int msg_take_fd(struct msg *);

#endif /* BASE_MSG_H */
