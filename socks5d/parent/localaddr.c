/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * The addresses of this host, for the router: at the start and whenever an
 * interface gets or loses one.
 *
 * Linked by the parent alone.  What changed is not read from the kernel's
 * message; that there was one is reason enough to look.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <ifaddrs.h>
#include <unistd.h>

#include <event2/event.h>

#include "compat/ifwatch.h"
#include "parent/state.h"

/* Changes come in bursts. */
#define SETTLE_MS	100

static void	changed_cb(evutil_socket_t, short, void *);
static void	settled_cb(evutil_socket_t, short, void *);

void
localaddr_watch(struct parent *p)
{
	struct event	*ev;
	int		 fd;

	if ((fd = ifwatch_open()) == -1) {
		log_warn_errno("changes of interface addresses go unnoticed");
		return;
	}
	ev = event_new(p->base, fd, EV_READ | EV_PERSIST, changed_cb, p);
	if (ev == NULL || event_add(ev, NULL) == -1)
		fatalx("memory");
}

static void
changed_cb(evutil_socket_t fd, short what, void *arg)
{
	struct timeval	 tv = { 0, SETTLE_MS * 1000 };
	struct parent	*p = arg;
	char		 buf[4096];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
	(void)event_base_once(p->base, -1, EV_TIMEOUT, settled_cb, p, &tv);
}

static void
settled_cb(evutil_socket_t fd, short what, void *arg)
{
	struct parent	*p = arg;

	log_debug("interface addresses changed");
	localaddr_send(p, process_find(p, PROC_ROUTER, 0));
}

void
localaddr_send(struct parent *p, struct process *router)
{
	struct ifaddrs	*list, *ifa;
	struct addr	 a;
	uint8_t		 data[MSG_PAYLOAD_MAX];
	struct wbuf	 b;
	uint16_t	 port;

	if (getifaddrs(&list) == -1) {
		log_errno("addresses of this host");
		return;
	}
	wbuf_init(&b, data, sizeof(data));
	for (ifa = list; ifa != NULL; ifa = ifa->ifa_next) {
		if (ifa->ifa_addr == NULL ||
		    addr_from_sockaddr(&a, &port, ifa->ifa_addr) == -1)
			continue;
		if (wbuf_space(&b) < 1 + sizeof(a.b)) {
			log_warn("this host has too many addresses to list");
			break;
		}
		wbuf_addr(&b, &a);
	}
	freeifaddrs(list);
	process_send(router, MSG_LOCAL_ADDRS, 0, &b, -1);
}
