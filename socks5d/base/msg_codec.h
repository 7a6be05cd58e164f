/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of messages: encoder and decoder of each side by side.  Here are
 * those about the life of children, texts and results, and rules for all;
 * sessions, names and what control asks for have a header of their own, which
 * this one includes.
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
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_control.h"
#include "base/msg_name.h"
#include "base/msg_session.h"
#include "base/wall.h"

/* MSG_CHILD_START; the descriptor is the directory that becomes the root. */
#define START_ROOTLESS 0x01U /* no way to another user */
#define START_VERBOSE  0x02U
#define START_NO_ROOT  0x04U /* no empty directory could be had */
#define START_FLAGS    0x07U

struct msg_start {
	uint32_t     version; /* of the messages, MSG_VERSION */
	enum proc_id role;
	unsigned int instance;    /* see proc_instances() */
	uint32_t     incarnation; /* counts starts of this role */
	uint32_t     flags;
	uint32_t     uid;
	uint32_t     gid;
	uint32_t     nofile;  /* descriptors that it may have */
	uint32_t     require; /* WALL_*: it ends without these */
};

/*
 * Told apart by it: a socks5ctl and a daemon of other builds.  One more
 * whenever a message between the two has another number, form or meaning.
 */
#define MSG_VERSION 3U

void msg_put_start(struct wbuf *, const struct msg_start *);
int  msg_get_start(const struct msg *, struct msg_start *);

/*
 * MSG_CHILD_PEER: who is at the far end of the descriptor.  The message id is
 * its start.incarnation.
 */
struct msg_peer {
	enum proc_id role;
	unsigned int instance;
};

void msg_put_peer(struct wbuf *, const struct msg_peer *);
int  msg_get_peer(const struct msg *, struct msg_peer *);

/*
 * One number.  MSG_CTL_HELLO: version of the protocol.  MSG_CHILD_VERBOSE,
 * MSG_VERBOSE_REQ, MSG_CTL_VERBOSE: 1 is on, 0 off.  MSG_CONF_READY,
 * MSG_CONF_COMMIT, MSG_CONF_ABORT: generation.  MSG_CHILD_STOP, MSG_STOP_REQ,
 * MSG_CTL_STOP: 1 is at once, 0 after draining.  MSG_KILL_RES: 1 if there was
 * such a session.
 */
void msg_put_u32(struct wbuf *, uint32_t);
int  msg_get_u32(const struct msg *, uint32_t *);

/* One long number.  MSG_KILL_REQ, MSG_CTL_KILL: id of the session. */
void msg_put_u64(struct wbuf *, uint64_t);
int  msg_get_u64(const struct msg *, uint64_t *);

/* MSG_CHILD_READY: what became of the walls. */
#define WALLS_LEN (4 + WALLS)

void msg_put_walls(struct wbuf *, const struct walls *);
int  msg_get_walls(const struct msg *, struct walls *);

/* MSG_CHILD_LOG */
struct msg_log {
	enum log_level level;
	char           line[LOG_LINE_MAX];
};

void msg_put_log(struct wbuf *, enum log_level, const char *line);
int  msg_get_log(const struct msg *, struct msg_log *);

/* MSG_CHILD_BAD_PEER */
struct msg_bad_peer {
	enum proc_id role;
	unsigned int instance;
	char         what[128];
};

void msg_put_bad_peer(struct wbuf *, const struct msg_bad_peer *);
int  msg_get_bad_peer(const struct msg *, struct msg_bad_peer *);

/* MSG_CONF_FAILED, MSG_CTL_TEXT: one text, cut if it is longer. */
#define MSG_TEXT_SIZE 2048

void msg_put_text(struct wbuf *, const char *);
int  msg_get_text(const struct msg *, char *dst, size_t dstsize);

/*
 * MSG_LOCAL_ADDRS: addresses as of wbuf_addr(), each of them set, until the
 * end of the payload; none is allowed.
 */
int local_addr_get(struct rbuf *, struct addr *);

/*
 * The first byte of a MSG_LOCAL_ADDRS, before the addresses: whether others
 * follow, or the list cannot be had.
 */
enum local_addrs {
	LOCAL_ADDRS_LAST,
	LOCAL_ADDRS_MORE,
	LOCAL_ADDRS_UNKNOWN,
	LOCAL_ADDRS_MAX,
};

/*
 * MSG_RELOAD_RES and MSG_CTL_DONE: how it ended, with a text if there is
 * something to say.  RESULT_MORE is a line of text with others to follow.
 */
enum result {
	RESULT_MORE,
	RESULT_OK,
	RESULT_REFUSED,
};

struct msg_result {
	enum result result;
	char        text[MSG_TEXT_SIZE];
};

void msg_put_result(struct wbuf *, enum result, const char *text);
int  msg_get_result(const struct msg *, struct msg_result *);

#endif /* BASE_MSG_CODEC_H */
