/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The configuration as structs: what the grammar fills, the printer prints,
 * the messages carry and the roles read.
 *
 * Linked by all roles.  Nothing here reads a file, knows the grammar or a
 * socket.  Each child holds only the parts that the parent sent to it.
 */

#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stdint.h>
#include <time.h>

#include "base/addr.h"
#include "base/hostname.h"
#include "base/login.h"
#include "conf/setting.h"

/* Sizes with their NUL. */
#define CONF_NAME_SIZE	32	/* listener names, labels, users, groups */
#define CONF_LABEL_SIZE	64
#define CONF_PATH_SIZE	1024	/* files; sockets have their own limit */

#define CONF_NAMESERVERS_MAX	8
#define CONF_LISTENERS_MAX	256
#define CONF_RULES_MAX		65536
#define CONF_HOSTS_MAX		20000
#define CONF_SOCKETS_MAX	64	/* marks and interfaces, combined */
#define CONF_TABLES_MAX		1024
#define CONF_UPSTREAMS_MAX	256
#define CONF_MEMBERS_MAX	64	/* of one upstream */
#define CONF_HOPS_MAX		8	/* upstreams one behind the other */
#define CONF_BREAKER_FAILURES_MAX 100

/* An address condition: one member of a from or to list. */
enum conf_addr_kind {
	CONF_ADDR_ANY,		/* from: all; to: see rules.h */
	CONF_ADDR_LOCALHOST,	/* 127.0.0.0/8 and ::1 */
	CONF_ADDR_INTERNAL,	/* the built-in table and this host */
	CONF_ADDR_PREFIX,
	CONF_ADDR_TABLE		/* of addresses */
};

struct conf_addr {
	TAILQ_ENTRY(conf_addr)	entry;
	enum conf_addr_kind	kind;
	int			negated;
	struct prefix		prefix;
	char			table[CONF_NAME_SIZE];	/* "" if none */
};
TAILQ_HEAD(conf_addrs, conf_addr);

struct conf_port {
	TAILQ_ENTRY(conf_port)	entry;
	int			negated;
	uint16_t		low;	/* low <= high, both at least 1 */
	uint16_t		high;
};
TAILQ_HEAD(conf_ports, conf_port);

/* The name of a listener in a rule's "on". */
struct conf_on {
	TAILQ_ENTRY(conf_on)	entry;
	int			negated;
	char			name[CONF_NAME_SIZE];
};
TAILQ_HEAD(conf_ons, conf_on);

/*
 * Members of a rule's "user" and "group", and of a table of users.  None of
 * them matches a client that has not logged in, nor does its negation.
 */
enum conf_user_kind {
	CONF_USER_ANY,		/* whoever has logged in */
	CONF_USER_NAME,
	CONF_USER_GROUP,	/* in the list of groups only */
	CONF_USER_TABLE		/* not in a table */
};

struct conf_user {
	TAILQ_ENTRY(conf_user)	entry;
	enum conf_user_kind	kind;
	int			negated;
	char			name[LOGIN_NAME_SIZE];	/* "" for any */
};
TAILQ_HEAD(conf_users, conf_user);

/*
 * Members of a rule's "to domain": none of them matches a request that was
 * made by address.  Names are canonical, see hostname.h.
 */
enum conf_domain_kind {
	CONF_DOMAIN_EXACT,	/* "example.com" */
	CONF_DOMAIN_SUB,	/* "*.example.com": what is below it */
	CONF_DOMAIN_BOTH,	/* ".example.com" */
	CONF_DOMAIN_TABLE
};

struct conf_domain {
	TAILQ_ENTRY(conf_domain) entry;
	enum conf_domain_kind	kind;
	int			negated;
	char			name[HOSTNAME_MAX + 1];	/* bare, or a table's */
};
TAILQ_HEAD(conf_domains, conf_domain);

/* Members of "to country". */
struct conf_country {
	TAILQ_ENTRY(conf_country) entry;
	int			negated;
	char			code[3];	/* "DE"; "" is unknown */
};
TAILQ_HEAD(conf_countries, conf_country);

/* Members of "time": minutes of the day, local; over midnight if to < from. */
struct conf_time {
	TAILQ_ENTRY(conf_time)	entry;
	int			negated;
	uint16_t		from;	/* 0 to 1439, is in it */
	uint16_t		to;	/* 1 to 1440, is not; never from */
};
TAILQ_HEAD(conf_times, conf_time);

/* Members of "days": 0 is Sunday; from Friday to Monday is 5 to 1. */
struct conf_day {
	TAILQ_ENTRY(conf_day)	entry;
	int			negated;
	uint8_t			first;
	uint8_t			last;
};
TAILQ_HEAD(conf_days, conf_day);

/* The image that a descriptor is, as the parent knows it. */
struct conf_image {
	uint64_t	size;		/* bytes */
	uint64_t	loaded_ms;	/* when, see clock.h */
	int		changed;	/* no more what the config says */
	struct conf_stat {		/* parent alone: the file it is from */
		dev_t		dev;
		ino_t		ino;
		off_t		size;
		struct timespec	mtime;
		struct timespec	ctime;
	} from;
};

/* What tables are of. */
enum conf_table_kind {
	CONF_TABLE_ADDRESS,
	CONF_TABLE_DOMAIN,
	CONF_TABLE_USER
};

/* A member of a table as it was written. */
struct conf_member {
	STAILQ_ENTRY(conf_member) entry;
	char			text[];
};
STAILQ_HEAD(conf_members, conf_member);

/*
 * A list with a name.  The parent has what was written; the router has an
 * image of it, see table/table.h.
 */
struct conf_table {
	TAILQ_ENTRY(conf_table)	entry;
	char			name[CONF_NAME_SIZE];	/* without <> */
	enum conf_table_kind	kind;
	struct conf_members	members;	/* in the configuration */
	char			path[CONF_PATH_SIZE];	/* a file; "" none */
	int			skip_invalid;	/* in it; for the parent */
	int			fd;	/* image: parent, router; or -1 */
	struct conf_image	image;
	char			file[CONF_PATH_SIZE];	/* where it stands */
	uint32_t		line;
};
TAILQ_HEAD(conf_tables, conf_table);

/* How a proxy is spoken to. */
enum conf_protocol {
	CONF_SOCKS5,
	CONF_SOCKS4A,
	CONF_HTTP
};

/* One proxy of an upstream. */
struct conf_proxy {
	TAILQ_ENTRY(conf_proxy)	entry;
	enum conf_protocol	protocol;
	struct addr		addr;
	uint16_t		port;
	char			user[LOGIN_NAME_SIZE];	/* "" if none */
	char			path[CONF_PATH_SIZE];	/* of the password */
	char			password[LOGIN_NAME_SIZE];
			/* parent and upstream alone; freed with a wipe */
};
TAILQ_HEAD(conf_proxies, conf_proxy);

enum conf_balance {
	CONF_FAILOVER,
	CONF_ROUNDROBIN,
	CONF_SOURCE
};

/* Proxies that do the same; the router sees them without passwords. */
struct conf_upstream {
	TAILQ_ENTRY(conf_upstream) entry;
	char			name[CONF_NAME_SIZE];
	enum conf_balance	balance;
	char			via[CONF_NAME_SIZE];	/* "" if directly */
	struct conf_proxies	members;	/* the first is number 1 */
	uint32_t		retry;		/* tries after the first */
	uint32_t		backoff_min_ms;
	uint32_t		backoff_max_ms;
	uint32_t		breaker_failures;	/* 0: off */
	uint32_t		breaker_within_ms;
	uint32_t		breaker_for_ms;
	uint32_t		check_ms;	/* 0: none */
	char			file[CONF_PATH_SIZE];
	uint32_t		line;
};
TAILQ_HEAD(conf_upstreams, conf_upstream);

enum conf_action {
	CONF_BLOCK,
	CONF_PASS
};

/* A rule's "command": a set; none is all. */
#define CONF_COMMAND_CONNECT	0x01U
#define CONF_COMMAND_BIND	0x02U
#define CONF_COMMAND_UDP	0x04U
#define CONF_COMMANDS		0x07U

#define CONF_INTERFACE_SIZE	16	/* IFNAMSIZ */

/* Which way a session that a rule lets pass goes. */
struct conf_route {
	struct addr	rdr;		/* AF_UNSPEC: where it wants to */
	uint16_t	rdr_port;	/* 0: the one that it wants */
	char		via[CONF_NAME_SIZE];	/* upstream; "" directly */
	int		remote;		/* names go there unresolved */
	struct addr	source;		/* AF_UNSPEC: the system's choice */
	int		has_mark;
	uint32_t	mark;		/* Linux */
	int		has_rtable;
	uint32_t	rtable;		/* OpenBSD */
	char		interface[CONF_INTERFACE_SIZE];	/* "" any */
	uint32_t	connect_ms;	/* 0: as in the settings; so below */
	uint32_t	idle_ms;
	uint32_t	half_closed_ms;
};

/* What is counted together. */
enum conf_scope {
	CONF_PER_RULE,
	CONF_PER_USER,
	CONF_PER_SOURCE
};

enum conf_period {
	CONF_DAY,
	CONF_MONTH
};

/* What sessions under a rule may take; 0 is no limit. */
struct conf_limits {
	uint64_t		rate;		/* bytes a second */
	enum conf_scope		rate_per;
	uint32_t		sessions;
	enum conf_scope		sessions_per;
	uint32_t		new_count;	/* sessions in new_ms ... */
	uint32_t		new_ms;
	uint32_t		new_burst;	/* ... and at once */
	enum conf_scope		new_per;
	uint64_t		quota;		/* bytes in a period */
	enum conf_period	quota_period;
	enum conf_scope		quota_per;	/* not source */
};

/* An empty list is a condition that is not there. */
struct conf_rule {
	TAILQ_ENTRY(conf_rule)	entry;
	enum conf_action	action;
	int			quick;
	int			log;
	struct conf_addrs	from;
	struct conf_addrs	to;
	struct conf_ports	ports;
	struct conf_ons		on;
	struct conf_users	users;
	struct conf_users	groups;
	struct conf_domains	domains;
	struct conf_countries	countries;
	struct conf_times	times;
	struct conf_days	days;
	uint8_t			commands;	/* CONF_COMMAND_*; 0: all */
	int			drop;		/* block without an answer */
	struct conf_route	route;
	struct conf_limits	limits;
	char			label[CONF_LABEL_SIZE];	/* "" if none */
	char			file[CONF_PATH_SIZE];	/* where it stands */
	uint32_t		line;
	uint32_t		number;		/* 0 for the first rule */
	uint32_t		shadow;		/* see config/shadow.h */
};
TAILQ_HEAD(conf_rules, conf_rule);

struct conf_listener {
	TAILQ_ENTRY(conf_listener) entry;
	struct addr		addr;
	uint16_t		port;
	char			name[CONF_NAME_SIZE];	/* "" if none */
	int			open;	/* the admin said "open" */
	enum auth_mode		auth;
	int			from_localhost;	/* "listen on localhost" */
	char			file[CONF_PATH_SIZE];
	uint32_t		line;
	uint32_t		id;	/* from the parent, kept on reload */
	int			fd;	/* parent and router; -1 if none */
	int			later;	/* parent: it does not listen yet */
};
TAILQ_HEAD(conf_listeners, conf_listener);

struct conf_nameserver {
	struct addr	addr;
	uint16_t	port;
	char		zone[CONF_INTERFACE_SIZE]; /* of a link-local address */
	uint32_t	scope;		/* its number, 0 if it has none */
};

/* Room for an address with a zone and a port, NUL included. */
#define NAMESERVER_STRLEN	(ADDRPORT_STRLEN + CONF_INTERFACE_SIZE)

enum conf_family {
	CONF_FAMILY_ANY,
	CONF_FAMILY_INET,
	CONF_FAMILY_INET6
};

struct conf_resolver {
	struct conf_nameserver	ns[CONF_NAMESERVERS_MAX];
	unsigned int		nns;
	int			from_system;	/* ns came from resolv.conf */
	enum conf_family	family;
	uint32_t		timeout_ms;	/* a whole lookup */
	uint32_t		cache;		/* entries; 0 is no cache */
};

/* A line of /etc/hosts, one per (name, address). */
struct conf_host {
	TAILQ_ENTRY(conf_host)	entry;
	struct addr		addr;
	char			*name;	/* canonical, see hostname.h */
};
TAILQ_HEAD(conf_hosts, conf_host);

enum conf_log_dest {
	CONF_LOG_SYSLOG,
	CONF_LOG_STDERR
};

enum conf_log_format {
	CONF_LOG_TEXT,
	CONF_LOG_JSON
};

struct conf_log {
	enum conf_log_dest	dest;
	enum conf_log_format	format;
	int			sessions;	/* a line per session end */
};

/* Where a line stands that names a file; parent alone. */
struct conf_place {
	char			file[CONF_PATH_SIZE];	/* "" unknown */
	uint32_t		line;
};
#define CONF_PLACE_STRLEN	(CONF_PATH_SIZE + 16)

struct conf {
	uint32_t		generation;
	struct conf_settings	set;
	char			user[CONF_NAME_SIZE];
	char			chroot[CONF_PATH_SIZE];
	uint32_t		require;	/* WALL_*: no start without */
	char			control[CONF_PATH_SIZE];
	char			control_group[CONF_NAME_SIZE]; /* "" none */
	struct conf_log		log;
	struct conf_resolver	resolver;
	struct conf_hosts	hosts;
	struct conf_listeners	listeners;
	struct conf_tables	tables;
	struct conf_upstreams	upstreams;
	struct conf_rules	rules;
	char			geoip[CONF_PATH_SIZE];	/* a file; "" none */
	int			geoip_fd; /* image: parent, router; or -1 */
	struct conf_image	geoip_image;
	char			quotas[CONF_PATH_SIZE];	/* a file */
	char			users[CONF_PATH_SIZE];	/* a file; "" none */
	int			users_fd; /* parent, auth; -1 if none */
	struct conf_place	geoip_at;
	struct conf_place	quotas_at;
	struct conf_place	users_at;
};

/* The defaults; those of the "set" lines are in setting.h. */
#define CONF_DNS_TIMEOUT_MS	5000
#define CONF_DNS_CACHE		10000
#define CONF_RETRY		3
#define CONF_BACKOFF_MIN_MS	100
#define CONF_BACKOFF_MAX_MS	5000
#define CONF_BREAKER_FAILURES	5
#define CONF_BREAKER_WITHIN_MS	30000
#define CONF_BREAKER_FOR_MS	60000
#define CONF_QUOTAS		"/var/lib/socks5d/quotas"
#define CONF_USER		"_socks5d"
#define CONF_CHROOT		"/var/empty/socks5d"
#define CONF_CONTROL		"/run/socks5d.sock"

/*
 * A config with the defaults above and nothing else; NULL with errno.  chroot
 * and control are left empty: the parent fills them in where they depend on
 * whether it is root.
 */
struct conf	*conf_new(void);
void		 conf_free(struct conf *);	/* closes no descriptor */

/* A rule with empty lists; NULL with errno. */
struct conf_rule *conf_rule_new(void);
void		  conf_rule_free(struct conf_rule *);

void	conf_addrs_free(struct conf_addrs *);
void	conf_ports_free(struct conf_ports *);
void	conf_ons_free(struct conf_ons *);
void	conf_users_free(struct conf_users *);
void	conf_domains_free(struct conf_domains *);
void	conf_countries_free(struct conf_countries *);
void	conf_times_free(struct conf_times *);
void	conf_days_free(struct conf_days *);

/* An empty table without an image; NULL with errno. */
struct conf_table *conf_table_new(void);
void	conf_table_free(struct conf_table *);	/* closes no descriptor */

/* An upstream with the defaults above; NULL with errno. */
struct conf_upstream *conf_upstream_new(void);
void	conf_upstream_free(struct conf_upstream *);	/* wipes passwords */

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

/*
 * True if who connects to that address and port comes to this listener; ours
 * says that the address is one of this host.
 */
int	conf_listener_takes(const struct conf_listener *, const struct addr *,
	    uint16_t port, int ours);

/*
 * "file:line: " for a complaint about what stands there, in a buffer of
 * CONF_PLACE_STRLEN; "" if it is not known.
 */
const char *conf_place_print(const char *file, uint32_t line, char *);

/*
 * Prints the rule as -nv does, without a newline.  What does not fit is cut
 * and ends in "...".  Returns the length of the whole text, so that it fits
 * if that is less than the size; a size of 0 only asks for it.
 */
size_t	conf_rule_text(const struct conf_rule *, char *dst, size_t);

/*
 * Times and sizes as the language has them, in the largest unit that needs no
 * fraction.  Both return dst, which must have the size below.
 */
#define CONF_DURATION_STRLEN	16
#define CONF_BYTES_STRLEN	24
char	*conf_duration_text(uint32_t ms, char *dst, size_t);
char	*conf_bytes_text(uint64_t, char *dst, size_t);

/* "/s", "/m", "/h" for 1000 ms, a minute, an hour. */
const char	*conf_per_text(uint32_t ms);

/* "sun" for 0, to "sat" for 6. */
const char	*conf_day_name(unsigned int);

/* "socks5", "failover", "address", as the language has them. */
const char	*conf_protocol_name(enum conf_protocol);
const char	*conf_balance_name(enum conf_balance);
const char	*conf_table_kind_name(enum conf_table_kind);

/*
 * Rules that say the same have the same, wherever they stand; of those that
 * differ, two in 2^64 have.
 */
uint64_t conf_rule_digest(const struct conf_rule *);

/*
 * Reads "address" or, of a link-local one, "address%interface"; the port is 53
 * and the interface has no number yet.  NULL, or what is wrong with it.
 */
const char *conf_nameserver_parse(struct conf_nameserver *, const char *);

/* True if address, port and zone are the same. */
int	conf_nameserver_same(const struct conf_nameserver *,
	    const struct conf_nameserver *);

/* With a port that is not 53, into dst of NAMESERVER_STRLEN; returns dst. */
char	*conf_nameserver_print(const struct conf_nameserver *, char *dst,
	    size_t);

/* True if it is the same file, and nobody has written to it since. */
int	conf_stat_equal(const struct conf_stat *, const struct conf_stat *);

#endif /* CONF_CONF_H */
