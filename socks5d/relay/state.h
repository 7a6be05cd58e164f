/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The whole state of a relay process, shared by the files of this folder only.
 */

#ifndef RELAY_STATE_H
#define RELAY_STATE_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "base/role.h"
#include "compat/udp.h"
#include "relay/allow.h"
#include "relay/link.h"
#include "relay/pipe.h"
#include "relay/session.h"
#include "relay/timer.h"

struct poller;

/* One read, and so the most that a direction keeps for a slow reader. */
#define RELAY_BUFFER (64 * 1024)

struct relay {
	struct role            role;
	struct poller         *poller;
	struct link            link[PROC_MAX];
	int                    links_again; /* link_resume() has a task */
	struct session_queue   timer[TIMER_MAX];
	struct session_tree    own;  /* by deadline, see session.c */
	struct member_queue    busy; /* see turn.h */
	struct allow_tree      allows;
	uint64_t               allow_due; /* of allow_sweep(), or 0 */
	uint32_t               may_read;  /* bytes, in this visit */
	struct session_bucket *bucket;    /* by id, a power of 2 */
	size_t                 nbuckets;
	size_t                 nsessions;
	size_t                 nuntold;
	int                    told;     /* the router: no more come */
	size_t                 telling;  /* bucket that is next */
	size_t                 counting; /* the same, of bytes */
	uint64_t               now;      /* of this loop turn */
	uint32_t               idle_ms;  /* as set */
	uint32_t               half_closed_ms;
	uint32_t               udp_ms;
	uint32_t               connect_most_ms; /* of any rule */
	uint32_t               turns;           /* of the loop, so far */
	TAILQ_HEAD(, udp) udp_ready;            /* have answers in this turn */
	struct udp_batch *batch;                /* of datagrams: udp_move.c */
	uint32_t          waiting_bytes;        /* datagrams: udp_wait.c */
	struct {
		uint8_t  next; /* of the same flow */
		uint16_t head; /* bytes of its header */
	} chain[UDP_BATCH];
	struct pipe_list pipes;      /* free ones */
	uint32_t         pipes_left; /* that may still be made */
	uint8_t          buffer[RELAY_BUFFER];
};

#endif /* RELAY_STATE_H */
