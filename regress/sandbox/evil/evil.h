/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A child that was taken over: what it holds, and what attacks share.  The
 * attacks are in files by what they abuse; each has a table of them, which
 * evil.c knows by name.
 */

#ifndef REGRESS_EVIL_H
#define REGRESS_EVIL_H

#include <sys/types.h>

#include <netinet/in.h>

#include "base/child.h"
#include "base/msg_codec.h"
#include "base/msg_udp.h"
#include "base/token.h"
#include "conf/conf.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

#define FLOOD 100000

struct evil {
	char                   role[16];
	char                   attack[32];
	char                   peername[16];
	unsigned int           port; /* of the target on 127.0.0.1 */
	unsigned int           echo; /* of one that is allowed */
	int                    armed;
	int                    epoll;
	unsigned int           commits;
	int                    done;
	enum proc_id           self;
	struct child          *child;
	struct channel        *channel[PROC_MAX];
	struct conf           *conf;
	struct conf_nameserver ns;      /* of the config, if we are told */
	uint64_t               id;      /* of a session or question */
	int                    client;  /* its socket, or -1; or a proxy's */
	int                    flow;    /* the last socket of one, or -1 */
	int                    keep;    /* of the flows the one that it has */
	int                    front;   /* the client's side of UDP, or -1 */
	int                    inbound; /* of those who were not asked, or -1 */
	unsigned int           nsessions;
	struct token           token; /* of that session, if it has one */
	struct load           *load;  /* the job of a loader */
	int                    image;
	uint64_t               other_id; /* the session before it, if any */
	struct token           other_token;
	uint64_t               allowance; /* of the session, once it is open */
	uint8_t                facts[SESSION_FACTS_MAX]; /* the same */
	size_t                 nfacts;
};

/*
 * What an attack waits for besides the channel to its peer; a second session,
 * because then another relay has one too, with an id between ours.  A login
 * is a session with a token; a question may be a password to check or hash.
 */
enum need {
	NEED_NOTHING,
	NEED_SESSION,
	NEED_LOGIN,
	NEED_QUESTION
};

struct attack {
	const char   *name;
	enum msg_type type; /* that it abuses, or none */
	enum need     need;
	void (*run)(struct evil *, struct channel *);
	/* Each message that comes from then on; or NULL. */
	void (*step)(struct evil *, const struct msg *);
};

extern struct evil evil;

/* Each ends with one that has no name. */
extern const struct attack attacks_calls[];
extern const struct attack attacks_messages[];
extern const struct attack attacks_sessions[];
extern const struct attack attacks_allowances[];
extern const struct attack attacks_associations[];
extern const struct attack attacks_flows[];
extern const struct attack attacks_binds[];
extern const struct attack attacks_names[];
extern const struct attack attacks_control[];
extern const struct attack attacks_logins[];
extern const struct attack attacks_loader[];
extern const struct attack attacks_upstream[];

/* To the test, by way of the log. */
void evil_say(const char *);

/* Past the own gate, as an attacker would; as often as is ever taken. */
ssize_t evil_raw(struct channel *, uint32_t, uint64_t, const void *, size_t);
ssize_t evil_raw_wbuf(struct channel *, uint32_t, uint64_t, struct wbuf *);
void    evil_flood_id(struct channel *, uint32_t, uint64_t, struct wbuf *, int);
void    evil_flood(struct channel *, uint32_t, struct wbuf *, int);

/* For attacks that only wait for a message. */
void evil_do_nothing(struct evil *, struct channel *);

/* Where it may not get. */
struct sockaddr_in evil_target(const struct evil *);

/* A request for the target, or for another port, into the buffer. */
void evil_put_open_to(const struct evil *, unsigned int, struct wbuf *, void *,
    size_t);
void evil_put_open(const struct evil *, struct wbuf *, void *, size_t);

/* As an honest relay would; opened is the channel to who did it, or NULL. */
void evil_closed(struct channel *, uint64_t, uint8_t, uint64_t, uint64_t);
void evil_open_own(struct evil *, struct channel *);
struct channel *evil_opened(struct evil *, const struct msg *);

/*
 * UDP: asks for an association, then for flows to that port; what there is of
 * it is said to the test.  The channel to who opened it, or NULL; its id.
 */
void            evil_associate(struct evil *, struct channel *);
struct channel *evil_associated(struct evil *, const struct msg *);
uint64_t        evil_association(void);
void            evil_want(const struct evil *, uint32_t, unsigned int);

/* That a flow has sent so many bytes, and whether it is over. */
void evil_counted(const struct evil *, uint64_t, uint32_t, uint8_t, uint64_t);

/* What comes while the attack is on: see evil.c. */
void evil_on_login(void);
void evil_on_table(struct msg *);
void evil_on_build(struct msg *);

#endif /* REGRESS_EVIL_H */
