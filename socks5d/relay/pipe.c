/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The pool of pipes for bulk transfer: see pipe.h.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <unistd.h>

#include "base/budget.h"
#include "compat/splice.h"
#include "relay/pipe.h"
#include "relay/state.h"

/* Bytes that a pipe holds, if its user may have as many. */
#define PIPE_SIZE (256 * 1024)

static void pipe_close(struct relay *, struct pipe *);

void
pipe_init(struct relay *r, uint32_t nofile)
{
	LIST_INIT(&r->pipes);
	r->pipes_left = budget_pipes(nofile);
}

struct pipe *
pipe_get(struct relay *r)
{
	struct pipe *p;
	int          fd[2];

	if ((p = LIST_FIRST(&r->pipes)) != NULL) {
		LIST_REMOVE(p, entry);
		return p;
	}
	if (r->pipes_left == 0 || (p = malloc(sizeof(*p))) == NULL)
		return NULL;
	if (splice_pipe(fd, PIPE_SIZE) == -1) {
		free(p);
		return NULL;
	}
	r->pipes_left--;
	p->out = fd[0];
	p->in = fd[1];
	p->filled = 0;
	return p;
}

/* What is left in a pipe belongs to a session that is gone. */
void
pipe_put(struct relay *r, struct pipe *p)
{
	if (p == NULL)
		return;
	if (p->filled == 0)
		LIST_INSERT_HEAD(&r->pipes, p, entry);
	else
		pipe_close(r, p);
}

void
pipe_trim(struct relay *r)
{
	struct pipe *p;

	while ((p = LIST_FIRST(&r->pipes)) != NULL) {
		LIST_REMOVE(p, entry);
		pipe_close(r, p);
	}
}

static void
pipe_close(struct relay *r, struct pipe *p)
{
	(void)close(p->in);
	(void)close(p->out);
	free(p);
	r->pipes_left++;
}
