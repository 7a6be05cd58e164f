/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * To fill a bulk: see bulk.h.
 */

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/bulk.h"
#include "compat/sealed.h"

/* What is written at once. */
#define BUFFER_SIZE (2 * BULK_RECORD_MAX)

struct bulk {
	enum proc_id from;
	enum proc_id to;
	int          fd;
	uint64_t     size;  /* without what is in buf */
	uint32_t     first; /* its type */
	int          error; /* errno of the first fault, or 0 */
	int         *fds;
	size_t       nfds;
	size_t       len;
	uint8_t      buf[BUFFER_SIZE];
};

static int bulk_record(struct bulk *, uint32_t, uint64_t, const struct wbuf *,
    int);
static int bulk_keep_fd(struct bulk *, int);
static int bulk_write(struct bulk *);
static int bulk_seal(struct bulk *);
static int bulk_emit_all(struct bulk *, bulk_emit, void *);

struct bulk *
bulk_new(enum proc_id from, enum proc_id to)
{
	struct bulk *b;

	if ((b = calloc(1, sizeof(*b))) == NULL)
		return NULL;
	b->from = from;
	b->to = to;
	if ((b->fd = sealed_new("socks5d bulk")) == -1) {
		free(b);
		return NULL;
	}
	return b;
}

void
bulk_free(struct bulk *b)
{
	size_t i;

	if (b == NULL)
		return;
	for (i = 0; i < b->nfds; i++)
		if (b->fds[i] != -1)
			(void)close(b->fds[i]);
	free(b->fds);
	if (b->fd != -1)
		(void)close(b->fd);
	/* Some of it may be secret. */
	freezero(b, sizeof(*b));
}

int
bulk_add(struct bulk *b, enum msg_type type, uint64_t id,
    const struct wbuf *payload, int fd)
{
	if (b->error == 0 && bulk_record(b, type, id, payload, fd) == -1)
		b->error = errno;
	errno = b->error;
	return b->error == 0 ? 0 : -1;
}

static int
bulk_record(struct bulk *b, uint32_t type, uint64_t id,
    const struct wbuf *payload, int fd)
{
	struct wbuf w;
	size_t      len = payload == NULL ? 0 : payload->len;

	if ((payload != NULL && payload->bad) ||
	    msg_check(type, b->from, b->to, len, fd != -1) != MSG_OK) {
		errno = EINVAL;
		return -1;
	}
	if (sizeof(b->buf) - b->len < BULK_RECORD_MAX && bulk_write(b) == -1)
		return -1;
	if (fd != -1 && bulk_keep_fd(b, fd) == -1)
		return -1;
	if (b->first == MSG_NONE)
		b->first = type;
	wbuf_init(&w, b->buf + b->len, sizeof(b->buf) - b->len);
	wbuf_u8(&w, fd != -1);
	wbuf_u16(&w, (uint16_t)(MSG_HEADER_LEN + len));
	wbuf_u32(&w, type);
	wbuf_u64(&w, id);
	if (len != 0)
		wbuf_bytes(&w, payload->data, len);
	b->len += w.len;
	return 0;
}

static int
bulk_keep_fd(struct bulk *b, int fd)
{
	int *fds;

	if ((fds = reallocarray(b->fds, b->nfds + 1, sizeof(*fds))) == NULL)
		return -1;
	b->fds = fds;
	if ((fds[b->nfds] = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return -1;
	b->nfds++;
	return 0;
}

static int
bulk_write(struct bulk *b)
{
	size_t  at = 0;
	ssize_t n;

	while (at < b->len) {
		n = write(b->fd, b->buf + at, b->len - at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		at += (size_t)n;
	}
	b->size += b->len;
	b->len = 0;
	return 0;
}

int
bulk_send(struct bulk *b, bulk_emit emit, void *arg)
{
	int ret = 0, save;

	errno = b->error;
	if (b->error != 0)
		ret = -1;
	else if (b->first != MSG_NONE &&
	    (bulk_write(b) == -1 || bulk_seal(b) == -1 ||
		bulk_emit_all(b, emit, arg) == -1))
		ret = -1;
	save = errno;
	bulk_free(b);
	errno = save;
	return ret;
}

/* Who reads it begins where we are. */
static int
bulk_seal(struct bulk *b)
{
	if ((b->fd = sealed_close(b->fd)) == -1)
		return -1;
	return lseek(b->fd, 0, SEEK_SET) == -1 ? -1 : 0;
}

static int
bulk_emit_all(struct bulk *b, bulk_emit emit, void *arg)
{
	uint8_t     data[8 + 4];
	struct wbuf w;
	size_t      i;
	int         fd;

	for (i = 0; i < b->nfds; i++) {
		fd = b->fds[i];
		b->fds[i] = -1;
		if (emit(arg, MSG_BULK_FD, 0, NULL, fd) == -1)
			return -1;
	}
	wbuf_init(&w, data, sizeof(data));
	wbuf_u64(&w, b->size);
	wbuf_u32(&w, (uint32_t)b->nfds);
	fd = b->fd;
	b->fd = -1;
	return emit(arg, MSG_BULK, b->first, &w, fd);
}
