/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The addresses of this host, for the router: at the start and whenever an
 * interface gets or loses one.
 *
 * What changed is not read from the kernel's message; that there was one is
 * reason enough to look.  Where the list cannot be had, or changes cannot be
 * heard of, it is looked for again and again.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/bulk.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/proc.h"
#include "compat/ifwatch.h"
#include "parent/localaddr.h"
#include "parent/process.h"
#include "parent/state.h"

/*
 * Changes come in bursts: the first is looked at at once, the others together.
 */
#define SETTLE_MS 100

/* Without a list, or without hearing of changes. */
#define AGAIN_S 2

/* The addresses of this host, and changes of them. */
struct localaddr {
	struct event *timer;   /* to the next look */
	int           changed; /* since the last one */
	int           unknown; /* there is no list */
	int           deaf;    /* nobody tells of changes */
};

static void changed_cb(evutil_socket_t, short, void *);
static void look_cb(evutil_socket_t, short, void *);
static void look(struct parent *);
static int  list_put(struct bulk *, int *);
static void list_result(struct parent *, int);

void
localaddr_watch(struct parent *p)
{
	static const struct timeval again = { AGAIN_S, 0 };
	struct event               *ev;
	int                         fd;

	if ((p->localaddr = calloc(1, sizeof(*p->localaddr))) == NULL)
		fatalx("memory");
	if ((p->localaddr->timer = evtimer_new(p->base, look_cb, p)) == NULL)
		fatalx("memory");
	if ((fd = ifwatch_open()) == -1) {
		log_warn_errno("no notice of interface address changes: "
			       "polling every %d seconds",
		    AGAIN_S);
		p->localaddr->deaf = 1;
		(void)event_add(p->localaddr->timer, &again);
		return;
	}
	ev = event_new(p->base, fd, EV_READ | EV_PERSIST, changed_cb, p);
	if (ev == NULL || event_add(ev, NULL) == -1)
		fatalx("memory");
}

static void
changed_cb(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval settle = { 0, SETTLE_MS * 1000 };
	struct parent              *p = arg;
	char                        buf[4096];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
	p->localaddr->changed = 1;
	if (evtimer_pending(p->localaddr->timer, NULL) == 0) {
		look(p);
		(void)event_add(p->localaddr->timer, &settle);
	}
}

static void
look_cb(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = { AGAIN_S, 0 };
	struct parent              *p = arg;
	const struct localaddr     *l = p->localaddr;

	if (l->changed || l->deaf || l->unknown)
		look(p);
	if (l->deaf)
		(void)event_add(l->timer, &again);
}

static void
look(struct parent *p)
{
	p->localaddr->changed = 0;
	localaddr_send(process_find(p, PROC_ROUTER, 0));
}

void
localaddr_send(struct process *router)
{
	struct bulk *b;
	int          error;

	if (router->peer == NULL)
		return;
	/* One that cannot be told would go on with an old list. */
	if ((b = bulk_new(PROC_PARENT, PROC_ROUTER)) == NULL ||
	    list_put(b, &error) == -1 || process_send_bulk(router, b) == -1) {
		log_errno("addresses of this host: cannot send to the "
			  "router, terminating it");
		process_kill(router);
		return;
	}
	list_result(router->parent, error);
}

/*
 * In as many parts as it takes, or an errno if there is no list.  Frees the
 * bulk if it fails.
 */
static int
list_put(struct bulk *bulk, int *error)
{
	struct ifaddrs *list = NULL, *ifa;
	struct addr     a;
	uint8_t         data[MSG_PAYLOAD_MAX];
	struct wbuf     b;
	uint16_t        port;

	*error = getifaddrs(&list) == -1 ? errno : 0;
	wbuf_init(&b, data, sizeof(data));
	wbuf_u8(&b, LOCAL_ADDRS_MORE);
	for (ifa = list; ifa != NULL; ifa = ifa->ifa_next) {
		if (ifa->ifa_addr == NULL ||
		    addr_from_sockaddr(&a, &port, ifa->ifa_addr) == -1)
			continue;
		if (wbuf_space(&b) < 1 + sizeof(a.b)) {
			(void)bulk_add(bulk, MSG_LOCAL_ADDRS, 0, &b, -1);
			b.len = 1;
		}
		wbuf_addr(&b, &a);
	}
	if (*error == 0)
		freeifaddrs(list);
	data[0] = *error == 0 ? LOCAL_ADDRS_LAST : LOCAL_ADDRS_UNKNOWN;
	if (bulk_add(bulk, MSG_LOCAL_ADDRS, 0, &b, -1) == 0)
		return 0;
	bulk_free(bulk);
	return -1;
}

static void
list_result(struct parent *p, int error)
{
	static const struct timeval again = { AGAIN_S, 0 };

	if (error != 0 && p->localaddr->unknown == 0) {
		errno = error;
		log_errno("addresses of this host: unknown: refusing any "
			  "target that might be one");
	} else if (error == 0 && p->localaddr->unknown)
		log_info("addresses of this host: known again");
	p->localaddr->unknown = error != 0;
	if (error != 0)
		(void)event_add(p->localaddr->timer, &again);
}
