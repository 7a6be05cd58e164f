/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Associations of the load generator and the target that echoes for them.
 *
 * A datagram of ours has a slot and a number behind its header.  The slot sends
 * the next one when the answer to its last has come, so as many are under way
 * as there are slots.  An answer that does not come within UDP_LOST_MS is lost,
 * and the slot sends another; one that comes later is counted as late.
 */

#ifndef BENCH_UDP_H
#define BENCH_UDP_H

#include <sys/types.h>

#include <stdint.h>

#include "load.h"

#define UDP_TARGETS      8    /* addresses of the target */
#define UDP_BATCH        64   /* datagrams in a system call */
#define UDP_HEADER       10   /* RFC 1928 section 7, with an IPv4 address */
#define UDP_LENGTH_MIN   8    /* slot and number */
#define UDP_LENGTH_MAX   1500 /* payload */
#define UDP_DATAGRAM_MAX 2048
#define UDP_SLOTS_MAX    256
#define UDP_QUEUE        (4 << 20) /* asked of the kernel */
#define UDP_TICK_MS      50
#define UDP_LOST_MS      250

struct slot {
	unsigned char *datagram; /* with its header; ready to be sent */
	uint64_t       sent;     /* ns */
	uint32_t       nr;       /* of the datagram that was sent last */
	int            waits;
};

/* What a connection of a load has, if it is an association. */
struct assoc {
	struct slot   *slots;
	unsigned char *datagrams;
	int            fd; /* connected to the proxy's port, or -1 */
	unsigned int   nr; /* datagrams to be sent with the next call */
	unsigned int   todo[UDP_SLOTS_MAX];
};

/* Of all associations of a run. */
struct udp {
	struct assoc *assocs;
	unsigned int  open;
	int           counting; /* latency is sampled */
	uint64_t      lost;
	uint64_t      late;  /* came after all, or twice */
	uint64_t      wrong; /* not what was sent, or from elsewhere */
	uint64_t      progress;
};

/* udp.c */

/* Allocates an association for each connection, and sets l->udp. */
void udp_init(struct load *, struct udp *);
void udp_clear(struct load *, struct udp *);

/* After the reply: datagrams go to the port that it names. */
void udp_connect(struct load *, struct conn *);

/* The socket of an association that is over; the next has another. */
void udp_close(struct assoc *);

/* Queues one datagram of a slot, with a new number; sends what is queued. */
void udp_queue(struct assoc *, unsigned int);
void udp_flush(struct load *, struct assoc *);

/*
 * Reads all answers that there are: the number of right ones, whose slots are
 * put into the array.  Dies if the association's connection has ended.
 */
unsigned int udp_answers(struct load *, struct conn *,
    unsigned int[UDP_SLOTS_MAX]);

/*
 * As load_count(), and sends again what was lost; without any answer for
 * LOAD_STALL_MS, stalled is set.  udp_wait() is the same for what has been
 * started already, of as many as want says.
 */
uint64_t udp_count(struct load *, uint64_t);
void     udp_wait(struct load *);

/* lost, lost_percent, late, wrong: of so many datagrams. */
void udp_report(const struct udp *, uint64_t);

/* udp_target.c */

/* A process that echoes; see target_start(). */
pid_t udp_target_start(uint16_t *);

/* As much room for what was not read yet as we are given. */
void udp_large_queue(int);

#endif /* BENCH_UDP_H */
