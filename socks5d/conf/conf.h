/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The configuration as structs: what the grammar fills, the printer prints,
 * the messages carry and the roles read.  Its parts have headers of their own,
 * which come with this one.
 *
 * Nothing here reads a file, knows the grammar or a socket.  Each child holds
 * only the parts that the parent sent to it.
 */

#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>

#include "conf/conf_condition.h"
#include "conf/conf_listener.h"
#include "conf/conf_resolver.h"
#include "conf/conf_rule.h"
#include "conf/conf_size.h"
#include "conf/conf_table.h"
#include "conf/conf_upstream.h"
#include "conf/setting.h"
#include "conf/word.h"

enum conf_log_dest {
	CONF_LOG_SYSLOG,
	CONF_LOG_STDERR,
};

enum conf_log_format {
	CONF_LOG_TEXT,
	CONF_LOG_JSON,
};

struct conf_log {
	enum conf_log_dest   dest;
	enum conf_log_format format;
	int                  sessions; /* a line per session end */
	int                  flows;    /* and one per flow of an association */
};

/* Where a line stands that names a file; parent alone. */
struct conf_place {
	char     file[CONF_PATH_SIZE]; /* "" unknown */
	uint32_t line;
};
#define CONF_PLACE_STRLEN (CONF_PATH_SIZE + 16)

struct conf {
	uint32_t              generation;
	struct conf_settings  set;
	char                  user[CONF_NAME_SIZE];
	char                  chroot[CONF_PATH_SIZE];
	uint32_t              require; /* WALL_*: no start without */
	char                  control[CONF_PATH_SIZE];
	char                  control_group[CONF_NAME_SIZE]; /* "" none */
	struct conf_log       log;
	struct conf_resolver  resolver;
	struct conf_hosts     hosts;
	struct conf_listeners listeners;
	struct conf_tables    tables;
	struct conf_upstreams upstreams;
	struct conf_rules     rules;
	char                  geoip[CONF_PATH_SIZE]; /* a file; "" none */
	int                   geoip_fd; /* image: parent, router; or -1 */
	struct conf_image     geoip_image;
	char                  quotas[CONF_PATH_SIZE]; /* a file */
	char                  users[CONF_PATH_SIZE];  /* a file; "" none */
	int                   users_fd; /* parent, auth; -1 if none */
	struct conf_place     geoip_at;
	struct conf_place     quotas_at;
	struct conf_place     users_at;
};

/* The defaults; those of the "set" lines are in setting.h. */
#define CONF_QUOTAS  "/var/lib/socks5d/quotas"
#define CONF_USER    "_socks5d"
#define CONF_CHROOT  "/var/empty/socks5d"
#define CONF_CONTROL "/run/socks5d.sock"

/*
 * A config with the defaults above and nothing else; NULL with errno.  chroot
 * and control are left empty: the parent fills them in where they depend on
 * whether it is root.
 */
struct conf *conf_new(void);
void         conf_free(struct conf *); /* closes no descriptor */

/* The table of that name, or NULL. */
const struct conf_table *conf_table_find(const struct conf *, const char *);

/*
 * The rule on whose account this one never matches, which may be itself; NULL
 * if there is none.  See config/shadow.h.
 */
const struct conf_rule *conf_rule_shadow(const struct conf *,
    const struct conf_rule *);

/* The upstream of that name, or NULL. */
const struct conf_upstream *conf_upstream_find(const struct conf *,
    const char *);

/* It relays UDP: all its members do, and it is reached directly. */
int conf_upstream_udp(const struct conf_upstream *);

/*
 * "file:line: " for a complaint about what stands there, in a buffer of
 * CONF_PLACE_STRLEN; "" if it is not known.
 */
const char *conf_place_print(const char *file, uint32_t line, char *);

#endif /* CONF_CONF_H */
