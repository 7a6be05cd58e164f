/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Sockets of a class: with a mark, of a routing table or bound to an
 * interface, which takes rights that the router does not have.
 *
 * It makes those that a rule of the config in force names, and connects none.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/msg_policy.h"
#include "compat/sockclass.h"
#include "conf/conf.h"
#include "conf/route.h"
#include "config/parse.h"
#include "parent/process.h"
#include "parent/sockets.h"
#include "parent/state.h"

static int  sockets_try(const struct socket_class *, const struct conf_rule *,
     parse_report, void *);
static int  sockets_known(const struct socket_classes *,
     const struct socket_class *);
static int  socket_make(const struct socket_class *, int, int, const char **);
static void class_print(const struct socket_class *, const char *, char *,
    size_t);
static void sockets_refuse(struct process *, uint64_t, int);

int
sockets_open(const struct conf *conf, struct socket_classes *cs,
    parse_report report, void *arg)
{
	const struct conf_rule *rule;
	struct socket_class     c;

	cs->n = 0;
	TAILQ_FOREACH(rule, &conf->rules, entry) {
		if (socket_class_of(&rule->route, &c) == 0 ||
		    sockets_known(cs, &c))
			continue;
		if (cs->n == CONF_SOCKETS_MAX)
			fatalx("%s:%u: was not checked", rule->file,
			    rule->line);
		if (sockets_try(&c, rule, report, arg) == -1)
			return -1;
		cs->class[cs->n++] = c;
	}
	return 0;
}

/* An interface may come later; what is not allowed now never will be. */
static int
sockets_try(const struct socket_class *c, const struct conf_rule *rule,
    parse_report report, void *arg)
{
	const char *what;
	char        text[CONF_PATH_SIZE + 256], name[64];
	int         fd, error;

	/* What one for TCP may have, one for UDP may. */
	if ((fd = socket_make(c, AF_INET, SOCK_STREAM, &what)) == -1 &&
	    errno == EAFNOSUPPORT)
		fd = socket_make(c, AF_INET6, SOCK_STREAM, &what);
	if (fd != -1) {
		(void)close(fd);
		return 0;
	}
	if (errno == ENODEV)
		return 0; /* host_check() warned of it */
	error = errno;
	class_print(c, what, name, sizeof(name));
	(void)snprintf(text, sizeof(text), "%s:%u: %s: %s%s", rule->file,
	    rule->line, name, strerror(error),
	    error == EPERM ?
		": the daemon must be started as root, with CAP_NET_RAW or "
		"CAP_NET_ADMIN" :
		"");
	report(arg, text);
	return -1;
}

static int
sockets_known(const struct socket_classes *cs, const struct socket_class *c)
{
	unsigned int i;

	for (i = 0; i < cs->n; i++)
		if (socket_class_equal(&cs->class[i], c))
			return 1;
	return 0;
}

/* -1 with errno, and with what could not be had. */
static int
socket_make(const struct socket_class *c, int af, int type, const char **what)
{
	int fd, error;

	*what = "socket";
	if ((fd = socket(af, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (c->has_mark) {
		*what = "mark";
		if (sockclass_mark(fd, c->mark) == -1)
			goto fail;
	}
	if (c->has_rtable) {
		*what = "rtable";
		if (sockclass_rtable(fd, c->rtable) == -1)
			goto fail;
	}
	if (c->interface[0] != '\0') {
		*what = "interface";
		if (sockclass_interface(fd, c->interface) == -1)
			goto fail;
	}
	return fd;
fail:
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

static void
class_print(const struct socket_class *c, const char *what, char *dst,
    size_t size)
{
	if (strcmp(what, "mark") == 0)
		(void)snprintf(dst, size, "mark %" PRIu32, c->mark);
	else if (strcmp(what, "rtable") == 0)
		(void)snprintf(dst, size, "rtable %" PRIu32, c->rtable);
	else if (strcmp(what, "interface") == 0)
		(void)snprintf(dst, size, "interface %s", c->interface);
	else
		(void)strlcpy(dst, what, size);
}

void
sockets_on_want(struct process *c, struct msg *m)
{
	struct msg_socket_want w;
	const char            *what;
	int                    fd;

	if (msg_get_socket_want(m, &w) == -1) {
		process_broke(c, "malformed socket-want");
		return;
	}
	/* After a reload it may still ask for one of the old config. */
	if (!sockets_known(c->parent->classes, &w.class))
		sockets_refuse(c, m->id, EACCES);
	else if ((fd = socket_make(&w.class, w.inet6 ? AF_INET6 : AF_INET,
		      w.udp ? SOCK_DGRAM : SOCK_STREAM, &what)) == -1)
		sockets_refuse(c, m->id, errno);
	else {
		/* To firewalls that go by owners it is one of the router's. */
		if (c->parent->rootless == 0 &&
		    fchown(fd, c->parent->users[c->role].uid,
			c->parent->users[c->role].gid) == -1)
			log_debug("cannot make a socket for the router: %s",
			    strerror(errno));
		process_send(c, MSG_SOCKET, m->id, NULL, fd);
	}
}

static void
sockets_refuse(struct process *c, uint64_t id, int error)
{
	uint8_t     data[8];
	struct wbuf b;

	wbuf_init(&b, data, sizeof(data));
	msg_put_u32(&b, (uint32_t)error);
	process_send(c, MSG_SOCKET_FAILED, id, &b, -1);
}
