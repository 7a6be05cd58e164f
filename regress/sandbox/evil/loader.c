/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A loader whose images are none.
 */

#include <sys/epoll.h>
#include <sys/mman.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/msg_table.h"
#include "table/load.h"
#include "evil.h"

static void
ignore(void *arg, const char *line)
{
}

/* What it is told to do it does, until the last step. */
void
evil_on_table(struct msg *m)
{
	struct msg_table_job    job;
	struct msg_table_source source;
	int                     fd = msg_take_fd(m);

	if (m->type == MSG_TABLE_SOURCE &&
	    msg_get_table_source(m, &source) == 0) {
		load_source(evil.load, fd, source.name);
		(void)close(fd);
	} else if (m->type == MSG_TABLE_JOB &&
	    msg_get_table_job(m, &job) == 0) {
		evil.image = fd;
		evil.load = load_new((enum table_kind)job.kind, TABLE_ADD, fd,
		    ignore, NULL);
	}
}

static void
built(struct channel *ch, uint64_t id, enum result result, const char *text)
{
	struct msg_table_built b;
	struct wbuf            w;
	uint8_t                space[MSG_TEXT_SIZE + 64];

	memset(&b, 0, sizeof(b));
	b.result = result;
	(void)strlcpy(b.text, text, sizeof(b.text));
	wbuf_init(&w, space, sizeof(space));
	msg_put_table_built(&w, &b);
	(void)evil_raw_wbuf(ch, MSG_TABLE_BUILT, id, &w);
}

/* The first job is from before the attack. */
void
evil_on_build(struct msg *m)
{
	struct table_result res;

	if (evil.done)
		return;
	(void)load_finish(evil.load, &res);
	load_free(evil.load);
	evil.load = NULL;
	if (evil.commits < 2)
		built(evil.channel[PROC_PARENT], m->id, RESULT_OK, "");
	else
		evil.id = m->id;
}

/* As far as the limits let it. */
static int
put(const struct evil *e, const void *data, size_t len, off_t at)
{
	return pwrite(e->image, data, len, at) == (ssize_t)len ? 0 : -1;
}

static void
image_noise(struct evil *e, struct channel *ch)
{
	uint32_t noise[4096];
	size_t   i;

	for (i = 0; i < nitems(noise); i++)
		noise[i] = (uint32_t)i * 2654435761U;
	(void)put(e, noise, sizeof(noise), 0);
	built(ch, e->id, RESULT_OK, "");
}

/* Mostly right: one byte of each hundred is another. */
static void
image_flips(struct evil *e, struct channel *ch)
{
	uint8_t b;
	off_t   at;

	for (at = 0; pread(e->image, &b, 1, at) == 1; at += 101) {
		b ^= 0x80;
		(void)put(e, &b, 1, at);
	}
	built(ch, e->id, RESULT_OK, "");
}

/* Longer than memory is, if it were filled. */
static void
image_huge(struct evil *e, struct channel *ch)
{
	(void)put(e, "x", 1, 1LL << 40);
	(void)put(e, "x", 1, MSG_TABLE_IMAGE_MAX - 1);
	built(ch, e->id, RESULT_OK, "");
}

/* So that it could be changed after it was looked at. */
static void
image_mapped(struct evil *e, struct channel *ch)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, e->image, 0);
	built(ch, e->id, RESULT_OK, "");
}

static void
image_late(struct evil *e, struct channel *ch)
{
	struct epoll_event ev;
	int                i;

	built(ch, e->id, RESULT_OK, "");
	for (i = 0; i < 1000; i++) {
		if (put(e, "xxxxxxxx", 8, 0) == -1 && errno == EPERM)
			return;
		/* The channels are by level, and may all be silent. */
		(void)epoll_wait(e->epoll, &ev, 1, 10);
	}
	abort();
}

static void
built_early(struct evil *e, struct channel *ch)
{
	built(ch, e->id + 1, RESULT_OK, "");
}

static void
built_twice(struct evil *e, struct channel *ch)
{
	built(ch, e->id, RESULT_OK, "");
	built(ch, e->id, RESULT_REFUSED, "");
	built(ch, e->id, RESULT_OK, "");
	built(ch, 0, RESULT_OK, "");
}

static void
built_control(struct evil *e, struct channel *ch)
{
	built(ch, e->id, RESULT_MORE, "x\nforged\033[2Jforged end");
	built(ch, e->id, RESULT_REFUSED, "x\nforged\033[2Jforged end");
}

static void
built_flood(struct evil *e, struct channel *ch)
{
	struct msg_table_built b;
	struct wbuf            w;
	uint8_t                space[MSG_TEXT_SIZE + 64];

	memset(&b, 0, sizeof(b));
	b.result = RESULT_MORE;
	memset(b.text, 'x', sizeof(b.text) - 1);
	memcpy(b.text, "flood ", 6);
	wbuf_init(&w, space, sizeof(space));
	msg_put_table_built(&w, &b);
	evil_flood_id(ch, MSG_TABLE_BUILT, e->id, &w, FLOOD / 20);
	built(ch, e->id, RESULT_REFUSED, "");
}

const struct attack attacks_loader[] = {
	{ "image-noise", MSG_TABLE_BUILT, NEED_QUESTION, image_noise, NULL },
	{ "image-flips", MSG_TABLE_BUILT, NEED_QUESTION, image_flips, NULL },
	{ "image-huge", MSG_TABLE_BUILT, NEED_QUESTION, image_huge, NULL },
	{ "image-mapped", MSG_TABLE_BUILT, NEED_QUESTION, image_mapped, NULL },
	{ "image-late", MSG_TABLE_BUILT, NEED_QUESTION, image_late, NULL },
	{ "built-early", MSG_TABLE_BUILT, NEED_QUESTION, built_early, NULL },
	{ "built-twice", MSG_TABLE_BUILT, NEED_QUESTION, built_twice, NULL },
	{ "built-control", MSG_TABLE_BUILT, NEED_QUESTION, built_control,
	    NULL },
	{ "built-flood", MSG_TABLE_BUILT, NEED_QUESTION, built_flood, NULL },
	{ NULL, MSG_NONE, NEED_NOTHING, NULL, NULL },
};
