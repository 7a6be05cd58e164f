/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Entries of a table, put in order: see sorted.h.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "say.h"
#include "sorted.h"

struct item {
	char        *text;
	struct addr  addr; /* AF_UNSPEC: it is none */
	unsigned int len;
};

struct sorted {
	struct item *item;
	size_t       n;
	size_t       room;
};

static void parse(struct item *);
static int  cmp(const void *, const void *);

struct sorted *
sorted_new(void)
{
	struct sorted *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		give_up(EXIT_REFUSED, "out of memory");
	return l;
}

void
sorted_add(struct sorted *l, const char *text)
{
	struct item *more;

	if (l->n == l->room) {
		l->room = l->room == 0 ? 64 : 2 * l->room;
		more = reallocarray(l->item, l->room, sizeof(*more));
		if (more == NULL)
			give_up(EXIT_REFUSED, "out of memory");
		l->item = more;
	}
	if ((l->item[l->n].text = strdup(text)) == NULL)
		give_up(EXIT_REFUSED, "out of memory");
	parse(&l->item[l->n++]);
}

void
sorted_end(struct sorted *l, void (*tell)(void *, const char *), void *arg)
{
	size_t i;

	if (l->n != 0)
		qsort(l->item, l->n, sizeof(*l->item), cmp);
	for (i = 0; i < l->n; i++) {
		tell(arg, l->item[i].text);
		free(l->item[i].text);
	}
	free(l->item);
	free(l);
}

/* "192.0.2.0/24", or without a length. */
static void
parse(struct item *i)
{
	char        host[ADDR_STRLEN];
	const char *slash, *why;
	size_t      len = strlen(i->text);

	memset(&i->addr, 0, sizeof(i->addr));
	i->len = 128;
	if ((slash = strchr(i->text, '/')) != NULL) {
		len = (size_t)(slash - i->text);
		i->len = (unsigned int)strtonum(slash + 1, 0, 128, &why);
	}
	if (len >= sizeof(host))
		return;
	memcpy(host, i->text, len);
	host[len] = '\0';
	if (addr_parse(&i->addr, host) == -1)
		memset(&i->addr, 0, sizeof(i->addr));
}

static int
cmp(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int                d;

	if (x->addr.af != y->addr.af) {
		if (x->addr.af == AF_INET || y->addr.af == AF_INET)
			return x->addr.af == AF_INET ? -1 : 1;
		return x->addr.af == AF_INET6 ? -1 : 1;
	}
	if (x->addr.af == AF_UNSPEC)
		return strcmp(x->text, y->text);
	if ((d = memcmp(x->addr.b, y->addr.b, sizeof(x->addr.b))) != 0)
		return d;
	return (x->len > y->len) - (x->len < y->len);
}
