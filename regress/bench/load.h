/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the files of the load generator share.
 *
 * A run is one loop over epoll with an array of connections through the proxy
 * that is measured.  Each mode is a file with one function, which sets what
 * happens when a connection is open, when it is ready and when it failed.
 */

#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <sys/types.h>

#include <stdint.h>

#define LOAD_STALL_MS  10000 /* nothing happens: give up */
#define LOAD_SETTLE_MS 300   /* for what the proxy does afterwards */
#define LOAD_BUFSIZE   131072
#define LOAD_NAME_MAX  255 /* bytes of a user or password */

struct options {
	const char  *mode;
	char        *user; /* to log in as, or NULL */
	char        *pass;
	const char  *file;  /* mixed: a line for each session */
	uint64_t     seed;  /* mixed: of all that is drawn */
	uint64_t     count; /* sessions, round trips or bytes */
	unsigned int clients;
	unsigned int warm; /* so many before anything is counted */
	unsigned int seconds;
	unsigned int inflight;     /* udp: datagrams of an association */
	unsigned int length;       /* udp: bytes of payload */
	unsigned int destinations; /* udp: of an association */
	uint16_t     proxy;
	uint16_t     target; /* 0: a target of our own */
	pid_t        pid;    /* root of the tree; 0: not measured */
	int          plain;  /* no handshake: a TCP relay */
};

/* What a target does with its clients. */
enum target_kind {
	TARGET_ECHO,   /* short messages back */
	TARGET_SINK,   /* counts; tells at the end */
	TARGET_SOURCE, /* sends for ever */
	TARGET_SCRIPT, /* as it was asked, see script.h */
	TARGET_MAX,
};

enum conn_state {
	CONN_CLOSED,
	CONN_CONNECTING,
	CONN_METHOD, /* the method's answer is awaited */
	CONN_LOGIN,  /* the login's, if there is one */
	CONN_REPLY,  /* the request's */
	CONN_OPEN,
};

/* One client's connection to the proxy. */
struct conn {
	uint64_t        sent; /* of this session, once open */
	uint64_t        rcvd;
	uint64_t        start; /* ns; connect, or what a mode times */
	int             fd;
	enum conn_state state;
	unsigned int    got; /* of the reply that is awaited */
	unsigned char   reply[10];
	uint16_t        target; /* port; 0: the load's */
	void           *arg;    /* the mode's */
};

struct load {
	const struct options *o;
	struct conn          *conns;
	unsigned int          nconns;
	uint64_t              failed;
	uint64_t              measured; /* samples */
	uint32_t             *samples;  /* of latency: sample_add() */
	uint64_t              maxsamples;
	int                   epfd;
	int                   done;
	int                   stalled;
	/* Of load_count(). */
	uint64_t want;
	uint64_t started;
	uint64_t ended;
	/* Open: the proxy has said so.  The connection awaits EPOLLIN. */
	void (*on_open)(struct load *, struct conn *);
	/* Something of what the connection awaits has happened. */
	void (*on_ready)(struct load *, struct conn *);
	/* Refused or ended before it was open; closed already. */
	void (*on_fail)(struct load *, struct conn *);
	/* Starts one more of what is counted, or nothing: see load_more(). */
	void (*on_next)(struct load *, struct conn *);
	void       *arg; /* the mode's */
	struct udp *udp; /* sessions are associations; or NULL */
	uint16_t    target;
};

/* client.c */

/* A loop with so many connections, all closed; dies for lack of memory. */
void load_init(struct load *, const struct options *, unsigned int);
void load_clear(struct load *);

/*
 * Waits for events and calls the mode until it has set done, for ms
 * milliseconds at most, or without end if that is 0.  If nothing happens for
 * LOAD_STALL_MS, stalled is set.
 */
void load_run(struct load *, uint64_t);

/*
 * Runs until so many have ended, begun by on_next() of all connections; gives
 * the nanoseconds that they took.
 */
uint64_t load_count(struct load *, uint64_t);

/* Whether one more is to be started, which then is; and that one ended. */
int  load_more(struct load *);
void load_ended(struct load *);

/* Starts a connection; a local lack of ports or descriptors ends the run. */
void conn_open(struct load *, struct conn *);

/* Awaits these events of epoll from now on. */
void conn_await(struct load *, struct conn *, uint32_t);

void conn_close(struct conn *);
void conn_reset(struct conn *);

uint64_t now_ns(void);
void     sleep_ms(unsigned int);

/* target.c */

/*
 * Starts a process that serves as a target, and ends with us.  The port is
 * that of *port, or if it is 0 one that the kernel chooses.
 */
pid_t target_start(enum target_kind, uint16_t *);
void  target_stop(pid_t);

/* tree.c */

struct tree_proc {
	char   name[32];
	double cpu; /* s, with children that have ended */
	pid_t  pid;
	pid_t  parent;
	int    in;
};

/* All processes below one and itself. */
struct tree {
	struct tree_proc *procs;
	size_t            n;
};

/* Dies if there is no such process; a root of 0 is an empty tree. */
void   tree_read(struct tree *, pid_t);
void   tree_clear(struct tree *);
double tree_cpu(const struct tree *);

/* Bytes, each shared page divided by those who share it. */
uint64_t tree_pss(const struct tree *);

/* report.c */

/* The one JSON object that a run prints. */
void report_begin(const struct load *);
void report_u64(const char *, uint64_t);
void report_num(const char *, double);
void report_end(void);

/* p50_us, p99_us and max_us of the samples; sorts them. */
void report_latency(struct load *);

/*
 * CPU time between two looks at a tree: cpu, the same divided by n as name,
 * and how it is divided among the processes.
 */
void report_cpu(const struct tree *, const struct tree *, const char *, double);

void sample_add(struct load *, uint64_t);

/* The modes. */
void mode_rate(const struct options *);
void mode_pingpong(const struct options *);
void mode_down(const struct options *);
void mode_up(const struct options *);
void mode_idle(const struct options *);
void mode_start(const struct options *);
void mode_mixed(const struct options *);
void mode_fair(const struct options *);
void mode_udp(const struct options *);
void mode_udpsetup(const struct options *);
void mode_udpidle(const struct options *);

#endif /* BENCH_LOAD_H */
