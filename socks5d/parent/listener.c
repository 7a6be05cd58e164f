/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Listening sockets: opened here, used by the router, kept over reloads.
 *
 * A socket that the new config wants as well is the same socket, so no client
 * in its backlog is lost.  The same holds for one of a single address where the
 * new config has all addresses at its port: it goes on as a part of that
 * listener.  The other way round the new socket listens when nothing can fail
 * any more, since clients come to it, and not to the old one, from then on; the
 * router takes those that wait in the old.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/log.h"
#include "compat/privilege.h"
#include "compat/tcpopt.h"
#include "conf/conf.h"
#include "config/parse.h"
#include "parent/listener.h"
#include "parent/state.h"

#define BACKLOG 4096 /* the kernel cuts it to its own limit */

static int listener_new(struct parent *, struct conf *, const struct conf *,
    struct conf_listener *);
static int listener_keep(struct conf *, const struct conf *);
static int listener_optional(const struct conf *, const struct conf_listener *,
    int);
static int listener_is_wild(const struct conf_listener *);
static const struct conf_listener *listener_find(const struct conf *,
    const struct conf_listener *);
static const struct conf_listener *listener_around(const struct conf *,
    const struct conf_listener *);
static int  listener_includes(const struct conf_listener *,
     const struct conf_listener *);
static int  listener_share(const struct conf *, const struct conf_listener *);
static void listener_share_end(const struct conf *);
static int  listener_port_stays(const struct conf *,
     const struct conf_listener *);
static int  listener_socket(const struct conf_listener *, uint32_t, int);
static int  listener_options(int, const struct conf_listener *, uint32_t);
static const char *listener_hint(const struct conf_listener *, int);

int
listener_open_all(struct parent *p, struct conf *conf, const struct conf *old,
    parse_report report, void *arg)
{
	struct conf_listener *l, *next;
	char                  text[1400], addr[ADDRPORT_STRLEN];
	unsigned int          n = 0;
	int                   error;

	for (l = TAILQ_FIRST(&conf->listeners); l != NULL; l = next) {
		next = TAILQ_NEXT(l, entry);
		if (listener_new(p, conf, old, l) == 0) {
			n++;
			continue;
		}
		(void)addr_print_port(&l->addr, l->port, addr, sizeof(addr));
		error = errno;
		(void)snprintf(text, sizeof(text), "%s:%u: listen on %s: %s%s",
		    l->file, l->line, addr, strerror(error),
		    listener_hint(l, error));
		if (!listener_optional(conf, l, error)) {
			report(arg, text);
			listener_close_all(conf, old);
			return -1;
		}
		log_warn("%s, going on without it", text);
		TAILQ_REMOVE(&conf->listeners, l, entry);
		free(l);
	}
	if (n == 0)
		report(arg, "no address to listen on");
	if (n == 0 || (old != NULL && listener_keep(conf, old) == -1)) {
		listener_close_all(conf, old);
		return -1;
	}
	if (old == NULL)
		listener_share_end(conf);
	return 0;
}

/* Gives it a socket, that of old if there is one; -1 with errno. */
static int
listener_new(struct parent *p, struct conf *conf, const struct conf *old,
    struct conf_listener *l)
{
	const struct conf_listener *kept;
	int                         shared;

	if (old != NULL && (kept = listener_find(old, l)) != NULL) {
		l->fd = kept->fd;
		l->id = kept->id;
		return 0;
	}
	l->id = ++p->last_listener;
	l->later = old != NULL && listener_around(old, l) != NULL;
	shared = listener_share(conf, l);
	if (old != NULL)
		shared |= listener_share(old, l);
	l->fd = listener_socket(l, conf->set.keepalive_ms, shared);
	return l->fd == -1 ? -1 : 0;
}

/*
 * Sockets of old whose address is among those of a new listener go on as a
 * part of it, so that nobody who waits there, or is about to, is lost.
 */
static int
listener_keep(struct conf *conf, const struct conf *old)
{
	const struct conf_listener *l, *around;
	struct conf_listener       *part;
	unsigned int                n = 0;

	TAILQ_FOREACH(l, &old->listeners, entry) {
		if (l->fd == -1 || listener_find(conf, l) != NULL ||
		    (around = listener_around(conf, l)) == NULL)
			continue;
		if (n++ == CONF_LISTENERS_MAX)
			break;
		if ((part = malloc(sizeof(*part))) == NULL)
			return -1;
		*part = *around;
		part->addr = l->addr;
		part->id = l->id;
		part->fd = l->fd;
		TAILQ_INSERT_TAIL(&conf->listeners, part, entry);
	}
	return 0;
}

/* "localhost" and "*" are two addresses, and not every host has both. */
static int
listener_optional(const struct conf *conf, const struct conf_listener *l,
    int error)
{
	const struct conf_listener *twin;

	if (error != EADDRNOTAVAIL && error != EAFNOSUPPORT)
		return 0;
	if (l->from_localhost)
		return 1;
	if (!listener_is_wild(l))
		return 0;
	TAILQ_FOREACH(twin, &conf->listeners, entry)
		if (twin != l && twin->line == l->line &&
		    twin->port == l->port && listener_is_wild(twin) &&
		    strcmp(twin->file, l->file) == 0)
			return 1;
	return 0;
}

static int
listener_is_wild(const struct conf_listener *l)
{
	static const uint8_t zero[sizeof(l->addr.b)];

	return memcmp(l->addr.b, zero, sizeof(zero)) == 0;
}

static const char *
listener_hint(const struct conf_listener *l, int error)
{
	switch (error) {
	case EACCES:
		return l->port < 1024 && !privilege_have(PRIVILEGE_BIND) ?
		    ": this port needs CAP_NET_BIND_SERVICE, which root has; "
		    "or use a port from 1024 on" :
		    "";
	case EADDRINUSE:
		return ": another program listens there; ss -tlnp shows which";
	case EADDRNOTAVAIL:
		return ": this host has no such address (yet); ip addr shows "
		       "those that it has";
	default:
		return "";
	}
}

static const struct conf_listener *
listener_find(const struct conf *conf, const struct conf_listener *like)
{
	const struct conf_listener *l;

	TAILQ_FOREACH(l, &conf->listeners, entry)
		if (l->port == like->port && l->fd != -1 &&
		    addr_cmp(&l->addr, &like->addr) == 0)
			return l;
	return NULL;
}

/* The listener of all addresses, if this is one of them. */
static const struct conf_listener *
listener_around(const struct conf *conf, const struct conf_listener *single)
{
	const struct conf_listener *l;

	TAILQ_FOREACH(l, &conf->listeners, entry)
		if (l->fd != -1 && listener_includes(l, single))
			return l;
	return NULL;
}

static int
listener_includes(const struct conf_listener *all,
    const struct conf_listener               *single)
{
	return all->port == single->port && all->addr.af == single->addr.af &&
	    listener_is_wild(all) && !listener_is_wild(single);
}

/* Lets it be beside those of conf that would be in its way: true if any. */
static int
listener_share(const struct conf *conf, const struct conf_listener *with)
{
	const struct conf_listener *l;
	int                         any = 0;

	TAILQ_FOREACH(l, &conf->listeners, entry) {
		if (l->fd == -1 ||
		    (!listener_includes(l, with) &&
			!listener_includes(with, l)))
			continue;
		any = 1;
		if (tcpopt_share(l->fd, 1) == -1)
			log_warn_errno("a listener beside another one");
	}
	return any;
}

/* From here on each has its port to itself again. */
static void
listener_share_end(const struct conf *conf)
{
	const struct conf_listener *l;

	TAILQ_FOREACH(l, &conf->listeners, entry)
		if (l->fd != -1)
			(void)tcpopt_share(l->fd, 0);
}

static int
listener_socket(const struct conf_listener *l, uint32_t keepalive_ms,
    int shared)
{
	struct sockaddr_storage ss;
	socklen_t               len;
	int                     fd, save;

	len = addr_to_sockaddr(&l->addr, l->port, &ss);
	fd = socket(l->addr.af, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (listener_options(fd, l, keepalive_ms) == 0 &&
	    (shared == 0 || tcpopt_share(fd, 1) == 0) &&
	    bind(fd, (struct sockaddr *)&ss, len) == 0 &&
	    (l->later || listen(fd, BACKLOG) == 0))
		return fd;
	save = errno;
	(void)close(fd);
	errno = save;
	return -1;
}

/* Accepted sockets inherit the last ones, which saves calls per client. */
static int
listener_options(int fd, const struct conf_listener *l, uint32_t keepalive_ms)
{
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    (l->addr.af == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) ==
		    -1) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)) == -1 ||
	    tcpopt_keepalive(fd, keepalive_ms) == -1)
		return -1;
	if (addr_is_loopback(&l->addr))
		tcpopt_local(fd);
	return 0;
}

int
listener_listen(struct conf *conf, char *why, size_t size)
{
	struct conf_listener *l;
	char                  addr[ADDRPORT_STRLEN];

	TAILQ_FOREACH(l, &conf->listeners, entry) {
		if (l->later == 0)
			continue;
		if (listen(l->fd, BACKLOG) == -1) {
			(void)snprintf(why, size, "listen on %s: %s",
			    addr_print_port(&l->addr, l->port, addr,
				sizeof(addr)),
			    strerror(errno));
			return -1;
		}
		l->later = 0;
	}
	return 0;
}

void
listener_commit(const struct conf *conf)
{
	const struct conf_listener *l;

	TAILQ_FOREACH(l, &conf->listeners, entry)
		if (tcpopt_keepalive(l->fd, conf->set.keepalive_ms) == -1)
			log_warn_errno("set timeout keepalive");
}

/*
 * The router has copies of what is closed here until it has heard of it.  That
 * must not keep the port from the next config, unless clients wait there who
 * go on with another listener.
 */
void
listener_close_all(struct conf *conf, const struct conf *keep)
{
	struct conf_listener *l;

	TAILQ_FOREACH(l, &conf->listeners, entry) {
		if (l->fd == -1)
			continue;
		if (keep == NULL || listener_find(keep, l) == NULL) {
			if (keep != NULL && !listener_port_stays(keep, l))
				(void)shutdown(l->fd, SHUT_RDWR);
			(void)close(l->fd);
		}
		l->fd = -1;
	}
	if (keep != NULL)
		listener_share_end(keep);
}

static int
listener_port_stays(const struct conf *conf, const struct conf_listener *like)
{
	const struct conf_listener *l;

	TAILQ_FOREACH(l, &conf->listeners, entry)
		if (l->fd != -1 && l->port == like->port &&
		    l->addr.af == like->addr.af)
			return 1;
	return 0;
}
