/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Upstreams: proxies that connections go through.
 */

#ifndef CONF_CONF_UPSTREAM_H
#define CONF_CONF_UPSTREAM_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "base/addr.h"
#include "base/login.h"
#include "conf/conf_size.h"

/* How a proxy is spoken to. */
enum conf_protocol {
	CONF_SOCKS5,
	CONF_SOCKS4A,
	CONF_HTTP,
};

/* One proxy of an upstream. */
struct conf_proxy {
	TAILQ_ENTRY(conf_proxy) entry;
	enum conf_protocol      protocol;
	struct addr             addr;
	uint16_t                port;
	int                     udp; /* socks5 alone: it relays datagrams */
	char                    user[LOGIN_NAME_SIZE]; /* "" if none */
	char                    path[CONF_PATH_SIZE];  /* of the password */
	char                    password[LOGIN_NAME_SIZE];
	/* parent and upstream alone; freed with a wipe */
};
TAILQ_HEAD(conf_proxies, conf_proxy);

enum conf_balance {
	CONF_FAILOVER,
	CONF_ROUNDROBIN,
	CONF_SOURCE,
};

/* Proxies that do the same; the router sees them without passwords. */
struct conf_upstream {
	TAILQ_ENTRY(conf_upstream) entry;
	char                       name[CONF_NAME_SIZE];
	enum conf_balance          balance;
	char                       via[CONF_NAME_SIZE]; /* "" if directly */
	struct conf_proxies        members; /* the first is number 1 */
	uint32_t                   retry;   /* tries after the first */
	uint32_t                   backoff_min_ms;
	uint32_t                   backoff_max_ms;
	uint32_t                   breaker_failures; /* 0: off */
	uint32_t                   breaker_within_ms;
	uint32_t                   breaker_for_ms;
	uint32_t                   check_ms; /* 0: none */
	char                       file[CONF_PATH_SIZE];
	uint32_t                   line;
};
TAILQ_HEAD(conf_upstreams, conf_upstream);

/* The defaults; values are in the page, too. */
#define CONF_RETRY             3
#define CONF_BACKOFF_MIN_MS    100
#define CONF_BACKOFF_MAX_MS    5000
#define CONF_BREAKER_FAILURES  5
#define CONF_BREAKER_WITHIN_MS 30000
#define CONF_BREAKER_FOR_MS    60000

/* An upstream with the defaults; NULL with errno. */
struct conf_upstream *conf_upstream_new(void);
void conf_upstream_free(struct conf_upstream *); /* wipes passwords */

/* "socks5", "failover", as the language has them. */
const char *conf_protocol_name(enum conf_protocol);
const char *conf_balance_name(enum conf_balance);

#endif /* CONF_CONF_UPSTREAM_H */
