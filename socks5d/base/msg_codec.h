/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages: encoder and decoder of each side by side.
 *
 * Pure.  Encoders (msg_put_*) write into a wbuf, whose own flag tells whether
 * all fitted.  Decoders (msg_get_*) return 0, or -1 if the payload is not
 * exactly one such struct with every field in its range.  Config has its own
 * codec, conf/wire.h.
 */

#ifndef BASE_MSG_CODEC_H
#define BASE_MSG_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/counters.h"
#include "base/hostname.h"
#include "base/log.h"
#include "base/login.h"
#include "base/msg.h"
#include "base/session.h"
#include "base/wall.h"

/* MSG_CHILD_START; the descriptor is the directory that becomes the root. */
#define START_ROOTLESS	0x01U	/* no way to another user */
#define START_VERBOSE	0x02U
#define START_NO_ROOT	0x04U	/* no empty directory could be had */
#define START_FLAGS	0x07U

struct msg_start {
	uint32_t	version;	/* of the messages, MSG_VERSION */
	enum proc_id	role;
	unsigned int	instance;	/* see proc_instances() */
	uint32_t	incarnation;	/* counts starts of this role */
	uint32_t	flags;
	uint32_t	uid;
	uint32_t	gid;
	uint32_t	nofile;		/* descriptors that it may have */
	uint32_t	require;	/* WALL_*: it ends without these */
};

#define MSG_VERSION	1U

void	msg_put_start(struct wbuf *, const struct msg_start *);
int	msg_get_start(const struct msg *, struct msg_start *);

/*
 * MSG_CHILD_PEER: who is at the far end of the descriptor.  The message id is
 * its start.incarnation.
 */
struct msg_peer {
	enum proc_id	role;
	unsigned int	instance;
};

void	msg_put_peer(struct wbuf *, const struct msg_peer *);
int	msg_get_peer(const struct msg *, struct msg_peer *);

/*
 * One number.  MSG_CTL_HELLO: version of the protocol.  MSG_CHILD_VERBOSE,
 * MSG_VERBOSE_REQ, MSG_CTL_VERBOSE: 1 is on, 0 off.  MSG_CONF_READY,
 * MSG_CONF_COMMIT, MSG_CONF_ABORT: generation.  MSG_CHILD_STOP, MSG_STOP_REQ,
 * MSG_CTL_STOP: 1 is at once, 0 after draining.  MSG_KILL_RES: 1 if there was
 * such a session.
 */
void	msg_put_u32(struct wbuf *, uint32_t);
int	msg_get_u32(const struct msg *, uint32_t *);

/* One long number.  MSG_KILL_REQ, MSG_CTL_KILL: id of the session. */
void	msg_put_u64(struct wbuf *, uint64_t);
int	msg_get_u64(const struct msg *, uint64_t *);

/* MSG_CHILD_READY: what became of the walls. */
#define WALLS_LEN	(4 + WALLS)

void	msg_put_walls(struct wbuf *, const struct walls *);
int	msg_get_walls(const struct msg *, struct walls *);

/* MSG_CHILD_LOG */
struct msg_log {
	enum log_level	level;
	char		line[LOG_LINE_MAX];
};

void	msg_put_log(struct wbuf *, enum log_level, const char *line);
int	msg_get_log(const struct msg *, struct msg_log *);

/* MSG_CHILD_BAD_PEER */
struct msg_bad_peer {
	enum proc_id	role;
	unsigned int	instance;
	char		what[128];
};

void	msg_put_bad_peer(struct wbuf *, const struct msg_bad_peer *);
int	msg_get_bad_peer(const struct msg *, struct msg_bad_peer *);

/* MSG_CONF_FAILED, MSG_CTL_TEXT: one text, cut if it is longer. */
#define MSG_TEXT_SIZE	2048

void	msg_put_text(struct wbuf *, const char *);
int	msg_get_text(const struct msg *, char *dst, size_t dstsize);

/*
 * MSG_LOCAL_ADDRS: addresses as of wbuf_addr(), each of them set, until the
 * end of the payload; none is allowed.
 */
int	local_addr_get(struct rbuf *, struct addr *);

/*
 * The first byte of a MSG_LOCAL_ADDRS, before the addresses: whether others
 * follow, or the list cannot be had.
 */
enum local_addrs {
	LOCAL_ADDRS_LAST,
	LOCAL_ADDRS_MORE,
	LOCAL_ADDRS_UNKNOWN,
	LOCAL_ADDRS_MAX
};

/*
 * The router's word to auth on where a client comes from.  The relay between
 * them can neither make one nor use it for another session.
 */
#define TOKEN_LEN	16

struct token {
	struct addr	client;
	uint8_t		tag[TOKEN_LEN];
};

/*
 * MSG_SESSION_NEW: how long the client may take for its request, and what
 * methods are for it.  The token is there unless that is AUTH_MODE_NONE.
 */
struct msg_session_new {
	uint32_t	handshake_ms;
	enum auth_mode	auth;
	struct token	token;
};

void	msg_put_session_new(struct wbuf *, const struct msg_session_new *);
int	msg_get_session_new(const struct msg *, struct msg_session_new *);

/*
 * MSG_SESSION_OPEN: the request as the client sent it.  Either addr is set,
 * or af is AF_UNSPEC and there is a name, raw bytes of any value.  login says
 * what the client was told of its login.
 */
struct msg_session_open {
	enum session_command	command;
	struct addr		addr;
	uint16_t		port;
	uint8_t			login;		/* enum login_told */
	uint8_t			namelen;
	uint8_t			name[255];
};

void	msg_put_session_open(struct wbuf *, const struct msg_session_open *);
int	msg_get_session_open(const struct msg *, struct msg_session_open *);

/*
 * The facts that the router knows of an open session.  Packed, they lie with
 * the relay while the session lives, so that a router that was started again
 * gets them back (MSG_SESSION_ADOPT), signed: see token.h.
 */
struct session_facts {
	struct addr		client;
	uint16_t		client_port;
	uint32_t		listener;	/* id of conf_listener */
	enum session_command	command;
	char			name[HOSTNAME_MAX + 1];	/* "" if by address */
	char			user[LOGIN_NAME_SIZE];	/* "" if none */
	struct addr		target;		/* the one connected */
	uint16_t		target_port;
	uint32_t		generation;	/* config that decided */
	uint32_t		rule;		/* or RULE_NONE */
	uint64_t		limits;		/* which it set, or 0 */
	uint64_t		start_ms;	/* clock_ms() of the accept */
	uint32_t		connect_ms;	/* from request to connected */
	uint8_t			tag[TOKEN_LEN];
};

#define RULE_NONE	UINT32_MAX

/* Most bytes that packed facts take. */
#define SESSION_FACTS_MAX	640

void	session_facts_put(struct wbuf *, const struct session_facts *);
int	session_facts_get(struct rbuf *, struct session_facts *);

/*
 * MSG_SESSION_OPENED: BND.ADDR, BND.PORT, what the rule says of times and of
 * amounts, then packed facts.
 */
struct msg_session_opened {
	struct addr	bound;
	uint16_t	bound_port;
	uint32_t	idle_ms;	/* 0: as set; so is the next one */
	uint32_t	half_closed_ms;
	uint64_t	allowance;	/* bytes come out of it; 0: no limit */
	const uint8_t	*facts;		/* inside the message */
	size_t		nfacts;
};

void	msg_put_session_opened(struct wbuf *,
	    const struct msg_session_opened *);
int	msg_get_session_opened(const struct msg *,
	    struct msg_session_opened *);

/* MSG_SESSION_REFUSED: the REP of RFC 1928, section 6, 1 to 8. */
struct msg_session_refused {
	uint8_t	rep;
};

void	msg_put_session_refused(struct wbuf *,
	    const struct msg_session_refused *);
int	msg_get_session_refused(const struct msg *,
	    struct msg_session_refused *);

/* MSG_SESSION_CLOSED: such items until the end of the payload. */
struct session_closed {
	uint64_t		id;
	enum session_cause	cause;
	uint8_t			rep;	/* sent to the client; 255 if none */
	enum session_hint	hint;
	uint64_t		up;	/* bytes client to target */
	uint64_t		down;
};

#define SESSION_CLOSED_LEN	27	/* bytes of one item */
#define REP_NONE		255

void	session_closed_put(struct wbuf *, const struct session_closed *);
int	session_closed_get(struct rbuf *, struct session_closed *);

/*
 * MSG_SESSION_MOVED: such items until the end of the payload, of sessions that
 * are open.  Bytes since their begin, so that none are counted twice.
 */
struct session_moved {
	uint64_t	id;
	uint64_t	up;	/* bytes client to target */
	uint64_t	down;
};

#define SESSION_MOVED_LEN	24	/* bytes of one item */

void	session_moved_put(struct wbuf *, const struct session_moved *);
int	session_moved_get(struct rbuf *, struct session_moved *);

/* MSG_NAME_RESOLVE; a MSG_NAME_ANSWER per family comes back. */
#define RESOLVE_INET	0x01U
#define RESOLVE_INET6	0x02U

struct msg_name_resolve {
	uint8_t		families;	/* a set, not empty */
	uint64_t	source;		/* who asks: a number, no address */
	uint32_t	most;		/* lookups that may run for it */
	char		name[HOSTNAME_MAX + 1];
};

enum name_status {
	NAME_OK,		/* at least one address */
	NAME_NOT_FOUND,		/* no such name, or none of this family */
	NAME_FAILED,		/* timeout, SERVFAIL, no name server */
	NAME_BUSY		/* not asked: too many for who asks */
};

#define NAME_ADDRS_MAX	32	/* of one family; the rest is cut */

/* Why a lookup failed, as far as a name server has to do with it. */
enum name_fault_kind {
	NAME_FAULT_NONE,	/* none has */
	NAME_FAULT_SILENT,	/* it did not answer in that time */
	NAME_FAULT_CODE,	/* it answered with this RCODE */
	NAME_FAULT_ERROR,	/* it could not be asked: an errno */
	NAME_FAULT_MAX
};

struct name_fault {
	enum name_fault_kind	kind;
	struct addr		server;	/* the last that was asked */
	uint16_t		port;
	uint16_t		code;	/* RCODE or errno */
	uint32_t		ms;	/* since the lookup began */
};

struct msg_name_answer {
	uint8_t			family;	/* RESOLVE_INET or RESOLVE_INET6 */
	enum name_status	status;
	struct name_fault	fault;	/* of NAME_FAILED alone */
	unsigned int		naddrs;
	struct addr		addrs[NAME_ADDRS_MAX];
};

void	msg_put_name_resolve(struct wbuf *, const struct msg_name_resolve *);
int	msg_get_name_resolve(const struct msg *, struct msg_name_resolve *);
void	msg_put_name_answer(struct wbuf *, const struct msg_name_answer *);
int	msg_get_name_answer(const struct msg *, struct msg_name_answer *);

/*
 * MSG_DNS_WANT, MSG_DNS_SOCKET, MSG_DNS_FAILED: the message id is chosen by
 * the resolver and given back; the server is meant by address, so that a
 * reload in between confuses nobody.  It must be a configured one.
 */
struct msg_dns {
	struct addr	server;
	uint16_t	port;
	uint32_t	scope;	/* interface of a link-local one, or 0 */
	uint8_t		tcp;	/* else UDP */
	uint16_t	error;	/* MSG_DNS_FAILED: errno, 0: not tried */
};

void	msg_put_dns(struct wbuf *, const struct msg_dns *);
int	msg_get_dns(const struct msg *, struct msg_dns *);

/* MSG_SESSION_LOG: such records until the end of the payload. */
struct session_log {
	uint64_t		id;
	struct addr		client;
	uint16_t		client_port;
	char			listener[32];
	char			user[256];	/* "" if none */
	char			rule[256];	/* "file:line"; "" if none */
	char			label[64];
	enum session_command	command;
	char			name[HOSTNAME_MAX + 1];
	struct addr		target;		/* AF_UNSPEC: none used */
	uint16_t		target_port;
	uint8_t			rep;		/* REP_NONE: none sent */
	enum session_cause	cause;
	char			hint[256];	/* what would change it; "" */
	uint8_t			forced;		/* even if "no sessions" */
	uint64_t		up;
	uint64_t		down;
	uint32_t		connect_ms;
	uint64_t		duration_ms;
	char			via[40];	/* "exit/1"; "" directly */
	struct addr		rdr;		/* where to in truth, or none */
	uint16_t		rdr_port;
};

/* Most bytes of one packed record. */
#define SESSION_LOG_MAX		1536

void	session_log_put(struct wbuf *, const struct session_log *);
int	session_log_get(struct rbuf *, struct session_log *);

/*
 * MSG_LIST_REQ (from control, id is its request): sessions with ids above the
 * cursor.  MSG_LIST_RES: rows in rising order of id, as many as fit, then no
 * more in this message; more is set if there are further ones.
 */
struct msg_list_req {
	uint64_t	after;
};

struct session_row {
	uint64_t		id;
	uint16_t		relay;
	struct addr		client;
	uint16_t		client_port;
	char			user[256];
	enum session_command	command;
	char			name[HOSTNAME_MAX + 1];
	struct addr		target;
	uint16_t		target_port;
	enum session_state	state;
	uint64_t		age_ms;
	uint64_t		idle_ms;	/* from the relay, or UNKNOWN */
	uint64_t		up;
	uint64_t		down;
	char			via[40];	/* "exit/1"; "" directly */
	struct addr		rdr;		/* where to in truth, or none */
	uint16_t		rdr_port;
};

#define SESSION_ROW_MAX		704

/* Idle time and bytes of a session whose relay does not answer. */
#define SESSION_ROW_UNKNOWN	UINT64_MAX

void	msg_put_list_req(struct wbuf *, const struct msg_list_req *);
int	msg_get_list_req(const struct msg *, struct msg_list_req *);
void	session_row_put(struct wbuf *, const struct session_row *);
int	session_row_get(struct rbuf *, struct session_row *);

/* The list of rows begins with a byte: 1 if more rows follow, else 0. */

/* MSG_STATS_REQ: ids (8 bytes) of one relay; MSG_STATS_RES: those known. */
struct session_stats {
	uint64_t		id;
	enum session_state	state;
	uint64_t		idle_ms;
	uint64_t		up;
	uint64_t		down;
};

#define STATS_IDS_MAX		256

void	session_stats_put(struct wbuf *, const struct session_stats *);
int	session_stats_get(struct rbuf *, struct session_stats *);

/*
 * MSG_RULES_REQ: rules from this number on.  MSG_RULES_RES: a byte "more",
 * then rows.
 */
struct msg_rules_req {
	uint32_t	from;
};

/* A longer rule is cut, and ends in "...". */
#define RULE_TEXT_SIZE		4096

struct rule_row {
	uint32_t	number;
	char		where[256];	/* file:line */
	char		text[RULE_TEXT_SIZE];	/* as -nv prints it */
	char		label[64];
	uint64_t	matches;	/* addresses judged that it matched */
	uint64_t	decisions;	/* addresses for which it decided */
	uint64_t	sessions;	/* sessions opened under it */
	uint64_t	up;
	uint64_t	down;
};

#define RULE_ROW_MAX		4608

void	msg_put_rules_req(struct wbuf *, const struct msg_rules_req *);
int	msg_get_rules_req(const struct msg *, struct msg_rules_req *);
void	rule_row_put(struct wbuf *, const struct rule_row *);
int	rule_row_get(struct rbuf *, struct rule_row *);

/* MSG_COUNTERS_RES: all counters of one process, in the table's order. */
void	msg_put_counters(struct wbuf *, const struct counters *);
int	msg_get_counters(const struct msg *, struct counters *);

/* MSG_STATUS_RES and MSG_CTL_STATUS_ROW: the daemon as a whole. */
struct status_row {
	char		version[32];
	char		config[256];	/* file, or "built-in default" */
	uint32_t	generation;
	uint32_t	pid;		/* of the parent */
	uint64_t	uptime_ms;
	uint64_t	config_age_ms;
	uint64_t	sessions;	/* filled in by control, or UNKNOWN */
	uint8_t		name_servers;	/* the same, or 0 */
	uint8_t		name_servers_dead;
	uint8_t		rootless;
	uint8_t		stopping;
	uint64_t	reload_age_ms;	/* since the last one failed, and */
	char		reload[256];	/* why; "" if it did not */
};

#define STATUS_SESSIONS_UNKNOWN	UINT64_MAX

/* One child, MSG_CTL_CHILD_ROW; MSG_STATUS_RES has a list of them. */
struct child_row {
	enum proc_id	role;
	uint16_t	instance;
	uint32_t	pid;		/* 0 while it is not running */
	struct walls	walls;
	uint32_t	restarts;
	uint32_t	silent_ms;	/* 0: it answers */
	uint64_t	uptime_ms;
};

void	status_row_put(struct wbuf *, const struct status_row *);
int	status_row_get(struct rbuf *, struct status_row *);
void	child_row_put(struct wbuf *, const struct child_row *);
int	child_row_get(struct rbuf *, struct child_row *);

/* MSG_CTL_COUNTER_ROW */
struct counter_row {
	char		name[64];
	uint64_t	value;
	char		help[128];
};

void	counter_row_put(struct wbuf *, const struct counter_row *);
int	counter_row_get(struct rbuf *, struct counter_row *);

/*
 * MSG_CONTROL_SOCKET: who besides uid 0 may use the listening socket that
 * comes along.  A new message replaces the socket and the rights.
 */
struct msg_control_socket {
	uint32_t	uid;		/* the daemon's own, 0 if root */
	uint32_t	gid;		/* members of this group, if has_gid */
	uint8_t		has_gid;
};

#define CONTROL_SOCKET_LEN	9

void	msg_put_control_socket(struct wbuf *,
	    const struct msg_control_socket *);
int	msg_get_control_socket(const struct msg *,
	    struct msg_control_socket *);

/*
 * MSG_RELOAD_RES and MSG_CTL_DONE: how it ended, with a text if there is
 * something to say.  RESULT_MORE is a line of text with others to follow.
 */
enum result {
	RESULT_MORE,
	RESULT_OK,
	RESULT_REFUSED
};

struct msg_result {
	enum result	result;
	char		text[MSG_TEXT_SIZE];
};

void	msg_put_result(struct wbuf *, enum result, const char *text);
int	msg_get_result(const struct msg *, struct msg_result *);

#endif /* BASE_MSG_CODEC_H */
