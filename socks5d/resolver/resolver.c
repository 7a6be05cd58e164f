/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Questions of the router and their answers: see resolver.h.
 *
 * Each family is a question of its own and answered on its own, so that the
 * router may begin with whichever comes first.  An answer is taken from the
 * hosts file, the cache, a lookup that runs already or a new one, in this
 * order.
 */

#include <sys/types.h>
#include <sys/time.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/role.h"
#include "conf/conf.h"
#include "conf/receiver.h"
#include "conf/wire.h"
#include "resolver/cache.h"
#include "resolver/dns.h"
#include "resolver/health.h"
#include "resolver/hosts.h"
#include "resolver/lookup.h"
#include "resolver/resolver.h"

/* Between two lines about too many lookups. */
#define WARN_EVERY_MS 60000

/* A name server as the log knows it. */
struct server_told {
	struct health_told health;
	int                error; /* that it died of */
};

struct resolver {
	struct role        role;
	struct dns        *dns;
	struct cache      *cache;
	struct hosts      *hosts;
	struct hosts      *next_hosts; /* of the config to come */
	struct lookups    *lookups;
	struct event      *deadline;  /* the next of those who wait */
	uint64_t           wants;     /* counts messages to the router */
	uint64_t           warned_ms; /* that there is no room */
	struct event      *tell;      /* what was too soon for the log */
	struct server_told told[CONF_NAMESERVERS_MAX];
};

static int  resolver_prepare(void *, struct conf *, char *, size_t);
static void resolver_abort(void *);
static void resolver_commit(void *, struct conf *);
static void resolver_peer_up(void *, struct peer *);
static void resolver_peer_down(void *, enum proc_id, unsigned int);
static void resolver_on_resolve(void *, struct peer *, struct msg *);
static void resolver_on_cancel(void *, struct peer *, struct msg *);
static void resolver_on_socket(void *, struct peer *, struct msg *);
static void resolver_on_failed(void *, struct peer *, struct msg *);
static int  resolver_ask(struct resolver *, uint64_t,
     const struct msg_name_resolve *, uint8_t);
static int  resolver_known(struct resolver *, const char *, uint8_t,
     struct msg_name_answer *);
static int  resolver_wants_family(const struct resolver *, uint8_t);
static int  resolver_look_up(struct resolver *, uint64_t,
     const struct msg_name_resolve *, uint8_t);
static void resolver_refuse(struct resolver *, uint64_t, uint8_t, int);
static void resolver_warn_full(struct resolver *);
static void resolver_fail(struct resolver *, uint64_t, uint8_t,
    enum name_status);
static void resolver_answer(void *, uint64_t, const struct msg_name_answer *);
static int  resolver_want(void *, const struct msg_dns *);
static void resolver_fault(void *, const char *, uint8_t, unsigned int,
    enum name_fault_kind, int);
static uint64_t resolver_whose(void *, const char *, uint8_t);
static void     resolver_done(void *, void *, const struct dns_result *);
static void     resolver_stray(void *);
static void     resolver_died(void *, unsigned int, int);
static void     resolver_revived(void *, unsigned int, uint64_t);
static void     resolver_tell_dead(struct resolver *, unsigned int);
static void     resolver_tell_later(struct resolver *);
static void     resolver_tell_cb(evutil_socket_t, short, void *);
static void     resolver_schedule(struct resolver *);
static void     resolver_deadline_cb(evutil_socket_t, short, void *);

static const role_handler resolver_handlers[MSG_MAX] = {
	[MSG_NAME_RESOLVE] = resolver_on_resolve,
	[MSG_NAME_CANCEL] = resolver_on_cancel,
	[MSG_DNS_SOCKET] = resolver_on_socket,
	[MSG_DNS_FAILED] = resolver_on_failed,
};

static const struct dns_ops resolver_dns_ops = {
	resolver_want,
	resolver_done,
	resolver_stray,
	resolver_died,
	resolver_revived,
	resolver_fault,
	resolver_whose,
};

static const struct role_ops resolver_ops = {
	.conf = &conf_receiver,
	.handlers = resolver_handlers,
	.conf_prepare = resolver_prepare,
	.conf_abort = resolver_abort,
	.conf_commit = resolver_commit,
	.peer_up = resolver_peer_up,
	.peer_down = resolver_peer_down,
};

void
resolver_main(struct child *c)
{
	struct resolver r;

	memset(&r, 0, sizeof(r));
	role_init(&r.role, c, &resolver_ops, &r);
	r.dns = dns_new(r.role.base, &resolver_dns_ops, &r);
	r.cache = cache_new(CONF_DNS_CACHE);
	r.lookups = lookups_new(resolver_answer, &r);
	r.deadline = evtimer_new(r.role.base, resolver_deadline_cb, &r);
	r.tell = evtimer_new(r.role.base, resolver_tell_cb, &r);
	if (r.dns == NULL || r.cache == NULL || r.lookups == NULL ||
	    r.deadline == NULL || r.tell == NULL)
		fatalx("cannot start: out of memory");
	role_run(&r.role);
}

static int
resolver_prepare(void *arg, struct conf *next, char *why, size_t size)
{
	struct resolver *r = arg;

	if ((r->next_hosts = hosts_new(&next->hosts)) == NULL) {
		(void)snprintf(why, size, "hosts file: out of memory");
		return -1;
	}
	return 0;
}

static void
resolver_abort(void *arg)
{
	struct resolver *r = arg;

	hosts_free(r->next_hosts);
	r->next_hosts = NULL;
}

/* Other servers may say other things: nothing is kept of what the old did. */
static void
resolver_commit(void *arg, struct conf *old)
{
	struct resolver      *r = arg;
	struct conf_resolver *c = &r->role.conf->resolver;

	hosts_free(r->hosts);
	r->hosts = r->next_hosts;
	r->next_hosts = NULL;
	conf_discard(old);
	cache_resize(r->cache, c->cache);
	r->role.counters.v[COUNTER_NAME_SERVERS] = c->nns;
	if (dns_set_servers(r->dns, c)) {
		r->role.counters.v[COUNTER_NAME_SERVERS_DEAD] = 0;
		cache_clear(r->cache);
		memset(r->told, 0, sizeof(r->told));
	}
	peer_pause(role_peer(&r->role, PROC_ROUTER, 0), 0);
}

/* Nothing can be answered before there is a config. */
static void
resolver_peer_up(void *arg, struct peer *p)
{
	struct resolver *r = arg;

	if (channel_peer(peer_channel(p)) != PROC_ROUTER)
		return;
	if (r->role.conf == NULL)
		peer_pause(p, 1);
	dns_start(r->dns);
	r->role.counters.v[COUNTER_NAME_SERVERS_DEAD] = 0;
}

static void
resolver_peer_down(void *arg, enum proc_id id, unsigned int instance)
{
	struct resolver *r = arg;

	if (id != PROC_ROUTER)
		return;
	lookups_cancel_all(r->lookups);
	dns_drop(r->dns);
	r->role.counters.v[COUNTER_NAME_SERVERS_DEAD] = 0;
	resolver_schedule(r);
}

static void
resolver_on_resolve(void *arg, struct peer *p, struct msg *m)
{
	struct resolver        *r = arg;
	struct msg_name_resolve q;
	uint64_t                id;

	if (msg_get_name_resolve(m, &q) == -1) {
		role_bad_peer(&r->role, p, "malformed name-resolve");
		return;
	}
	/* The slower family of most sites first: RFC 8305, section 3. */
	id = m->id;
	if (((q.families & RESOLVE_INET6) != 0 &&
		resolver_ask(r, id, &q, RESOLVE_INET6) == -1) ||
	    ((q.families & RESOLVE_INET) != 0 &&
		resolver_ask(r, id, &q, RESOLVE_INET) == -1))
		role_bad_peer(&r->role, p, "name-resolve with an id in use");
	resolver_schedule(r);
}

/* The answer may be on its way already: then there is nothing to cancel. */
static void
resolver_on_cancel(void *arg, struct peer *p, struct msg *m)
{
	struct resolver *r = arg;

	lookups_cancel(r->lookups, m->id);
	resolver_schedule(r);
}

static void
resolver_on_socket(void *arg, struct peer *p, struct msg *m)
{
	struct resolver *r = arg;
	struct msg_dns   d;
	int              fd;

	if (msg_get_dns(m, &d) == -1) {
		role_bad_peer(&r->role, p, "malformed dns-socket");
		return;
	}
	if ((fd = msg_take_fd(m)) == -1) {
		role_count(&r->role, COUNTER_DESCRIPTORS_LOST);
		dns_refuse(r->dns, &d);
		return;
	}
	dns_lend(r->dns, &d, fd);
}

static void
resolver_on_failed(void *arg, struct peer *p, struct msg *m)
{
	struct resolver *r = arg;
	struct msg_dns   d;

	if (msg_get_dns(m, &d) == -1) {
		role_bad_peer(&r->role, p, "malformed dns-failed");
		return;
	}
	dns_refuse(r->dns, &d);
}

/* One family of a question; -1 if its id is not free. */
static int
resolver_ask(struct resolver *r, uint64_t id, const struct msg_name_resolve *q,
    uint8_t family)
{
	struct msg_name_answer a;

	if (resolver_known(r, q->name, family, &a)) {
		resolver_answer(r, id, &a);
		return 0;
	}
	return resolver_look_up(r, id, q, family);
}

/* Fills in what can be said without a name server. */
static int
resolver_known(struct resolver *r, const char *name, uint8_t family,
    struct msg_name_answer *a)
{
	if (!resolver_wants_family(r, family)) {
		memset(a, 0, sizeof(*a));
		a->family = family;
		a->status = NAME_NOT_FOUND;
		return 1;
	}
	if (!hosts_get(r->hosts, name, family, a) &&
	    !cache_get(r->cache, name, family, clock_ms(), a))
		return 0;
	role_count(&r->role, COUNTER_NAMES_CACHED);
	return 1;
}

static int
resolver_wants_family(const struct resolver *r, uint8_t family)
{
	switch (r->role.conf->resolver.family) {
	case CONF_FAMILY_ANY:
		return 1;
	case CONF_FAMILY_INET:
		return family == RESOLVE_INET;
	case CONF_FAMILY_INET6:
		return family == RESOLVE_INET6;
	}
	return 1;
}

/* The waiter stands in its lookup before that begins, as it may end at once. */
static int
resolver_look_up(struct resolver *r, uint64_t id,
    const struct msg_name_resolve *q, uint8_t family)
{
	struct lookup *l;
	uint64_t       deadline;
	int            error, fresh = 0;

	if ((l = lookups_find(r->lookups, q->name, family)) == NULL) {
		if ((l = lookups_add(r->lookups, q->name, family, q->source,
			 q->most)) == NULL) {
			resolver_refuse(r, id, family, errno);
			return 0;
		}
		fresh = 1;
	}
	deadline = clock_ms() + r->role.conf->resolver.timeout_ms;
	if (lookup_wait(r->lookups, l, id, deadline) == -1) {
		error = errno;
		if (fresh)
			lookup_finish(r->lookups, l, NULL);
		if (error == EEXIST)
			return -1;
		resolver_refuse(r, id, family, error);
		return 0;
	}
	if (fresh) {
		role_count(&r->role, COUNTER_NAMES_RESOLVED);
		dns_ask(r->dns, q->name, family, l);
	}
	return 0;
}

/* Not even asked: that is for its source to mend, or for nobody. */
static void
resolver_refuse(struct resolver *r, uint64_t id, uint8_t family, int error)
{
	role_count(&r->role, COUNTER_NAMES_REFUSED);
	if (error == EDQUOT) {
		resolver_fail(r, id, family, NAME_BUSY);
		return;
	}
	if (error == ENOBUFS)
		resolver_warn_full(r);
	resolver_fail(r, id, family, NAME_FAILED);
}

static void
resolver_warn_full(struct resolver *r)
{
	uint64_t now = clock_ms();

	if (r->warned_ms != 0 && now - r->warned_ms < WARN_EVERY_MS)
		return;
	r->warned_ms = now;
	log_warn("resolver: too many pending lookups (%zu): refusing new "
		 "ones; check the name servers",
	    lookups_running(r->lookups));
}

static void
resolver_fail(struct resolver *r, uint64_t id, uint8_t family,
    enum name_status status)
{
	struct msg_name_answer a;

	memset(&a, 0, sizeof(a));
	a.family = family;
	a.status = status;
	role_count(&r->role, COUNTER_NAMES_FAILED);
	resolver_answer(r, id, &a);
}

static void
resolver_answer(void *arg, uint64_t id, const struct msg_name_answer *a)
{
	struct resolver *r = arg;
	uint8_t          space[64 + NAME_ADDRS_MAX * 17];
	struct wbuf      b;

	wbuf_init(&b, space, sizeof(space));
	msg_put_name_answer(&b, a);
	(void)role_send(&r->role, PROC_ROUTER, 0, MSG_NAME_ANSWER, id, &b, -1);
}

static int
resolver_want(void *arg, const struct msg_dns *m)
{
	struct resolver *r = arg;
	uint8_t          space[32];
	struct wbuf      b;

	wbuf_init(&b, space, sizeof(space));
	msg_put_dns(&b, m);
	return role_send(&r->role, PROC_ROUTER, 0, MSG_DNS_WANT, ++r->wants, &b,
	    -1);
}

static void
resolver_fault(void *arg, const char *name, uint8_t family, unsigned int server,
    enum name_fault_kind kind, int code)
{
	struct resolver              *r = arg;
	const struct conf_nameserver *ns;
	struct name_fault             f;
	struct lookup                *l;

	if ((l = lookups_find(r->lookups, name, family)) == NULL)
		return;
	ns = &r->role.conf->resolver.ns[server];
	memset(&f, 0, sizeof(f));
	f.kind = kind;
	f.server = ns->addr;
	f.port = ns->port;
	f.code = (uint16_t)code;
	lookup_fault(l, &f, clock_ms());
}

static uint64_t
resolver_whose(void *arg, const char *name, uint8_t family)
{
	struct resolver *r = arg;
	struct lookup   *l;

	l = lookups_find(r->lookups, name, family);
	return l == NULL ? 0 : lookup_source(l);
}

static void
resolver_done(void *arg, void *cookie, const struct dns_result *res)
{
	struct resolver       *r = arg;
	struct lookup         *l = cookie;
	struct msg_name_answer a = res->answer;

	if (a.status == NAME_FAILED)
		lookup_failed(l, clock_ms(), &a.fault);
	if (!res->exists)
		role_count(&r->role, COUNTER_NAMES_FAILED);
	cache_put(r->cache, lookup_name(l), &res->answer, res->ttl, clock_ms());
	lookup_finish(r->lookups, l, &a);
	r->role.counters.v[COUNTER_NAMES_RUNNING] = lookups_running(r->lookups);
}

static void
resolver_stray(void *arg)
{
	struct resolver *r = arg;

	role_count(&r->role, COUNTER_NAMES_STRAY);
}

static void
resolver_died(void *arg, unsigned int i, int error)
{
	struct resolver    *r = arg;
	struct server_told *t = &r->told[i];

	role_count(&r->role, COUNTER_NAME_SERVER_FAILURES);
	r->role.counters.v[COUNTER_NAME_SERVERS_DEAD]++;
	t->error = error;
	if (health_tell_died(&t->health, clock_ms()))
		resolver_tell_dead(r, i);
	resolver_tell_later(r);
}

static void
resolver_revived(void *arg, unsigned int i, uint64_t ms)
{
	struct resolver              *r = arg;
	const struct conf_nameserver *ns = &r->role.conf->resolver.ns[i];
	char                          text[NAMESERVER_STRLEN];

	r->role.counters.v[COUNTER_NAME_SERVERS_DEAD]--;
	if (!health_tell_revived(&r->told[i].health))
		return;
	log_info("name server %s: answers again after %llus",
	    conf_nameserver_print(ns, text, sizeof(text)),
	    (unsigned long long)(ms + 500) / 1000);
}

static void
resolver_tell_dead(struct resolver *r, unsigned int i)
{
	const struct conf_resolver *c = &r->role.conf->resolver;
	const char                 *others = "";
	int                         error = r->told[i].error;
	char                        text[NAMESERVER_STRLEN];

	if (c->nns > 1)
		others = r->role.counters.v[COUNTER_NAME_SERVERS_DEAD] <
			c->nns ?
		    ", asking the others first" :
		    ", and no other answers";
	log_warn("name server %s: %s%s",
	    conf_nameserver_print(&c->ns[i], text, sizeof(text)),
	    error == ETIMEDOUT ? "no answer" : strerror(error), others);
}

static void
resolver_tell_later(struct resolver *r)
{
	struct timeval tv;
	uint64_t       next = 0, due, now = clock_ms();
	unsigned int   i;

	for (i = 0; i < CONF_NAMESERVERS_MAX; i++) {
		due = health_tell_next(&r->told[i].health);
		if (due != 0 && (next == 0 || due < next))
			next = due;
	}
	if (next == 0)
		return;
	next = next > now ? next - now : 0;
	tv = clock_timeval(next);
	(void)evtimer_add(r->tell, &tv);
}

static void
resolver_tell_cb(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *r = arg;
	unsigned int     i;

	for (i = 0; i < CONF_NAMESERVERS_MAX; i++)
		if (health_tell_late(&r->told[i].health, clock_ms()))
			resolver_tell_dead(r, i);
	resolver_tell_later(r);
}

static void
resolver_schedule(struct resolver *r)
{
	struct timeval tv;
	uint64_t       deadline, now;

	r->role.counters.v[COUNTER_NAMES_RUNNING] = lookups_running(r->lookups);
	if ((deadline = lookups_deadline(r->lookups)) == 0) {
		(void)evtimer_del(r->deadline);
		return;
	}
	now = clock_ms();
	deadline = deadline > now ? deadline - now : 0;
	tv = clock_timeval(deadline);
	(void)evtimer_add(r->deadline, &tv);
}

static void
resolver_deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	struct resolver *r = arg;

	lookups_expire(r->lookups, clock_ms());
	resolver_schedule(r);
}
