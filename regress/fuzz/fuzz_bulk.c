/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Fuzzes the reader of bulks.  An input is a byte with the number of
 * descriptors that came before (its low two bits; the third loses one of
 * them), a byte by how much the length is said to be wrong (signed), and the
 * content of the memory.
 *
 * Holds for any input: the records that are read are those that a parser of
 * the whole content finds, one by one up to the same fault, each within the
 * bytes that were said and that are there, and no descriptor stays behind.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/bulk.h"
#include "compat/sealed.h"

/* The content as a whole, read by what the format says and nothing else. */
struct content {
	const uint8_t *data;
	size_t         len; /* there */
	size_t         said;
	size_t         at;
	size_t         fds; /* not yet taken */
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int  next(struct content *, const uint8_t **, size_t *, int *);
static void read_all(struct bulk_in *, struct content *);
static int  memory(const uint8_t *, size_t);
static void feed_fds(struct bulk_in *, size_t, int);
static int  open_bulk(struct bulk_in *, uint64_t, uint32_t, int);
static int  devnull(void);
static void must(int);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bulk_in in;
	struct content c;
	int            first, fd, how;

	if (size < 2)
		return 0;
	memset(&c, 0, sizeof(c));
	c.data = data + 2;
	c.len = size - 2;
	c.said = c.len + (size_t)(int8_t)data[1];
	if ((int8_t)data[1] < 0 && c.len < (size_t) - (int8_t)data[1])
		return 0;
	c.fds = data[0] & 3;
	first = devnull();

	bulk_in_init(&in);
	feed_fds(&in, c.fds, data[0] & 4);
	fd = memory(c.data, c.len);
	/* One more than came is a contradiction, which the owner clears. */
	how = open_bulk(&in, c.said, (uint32_t)c.fds + (data[0] & 8 ? 1 : 0),
	    fd);
	must(how == (c.said == 0 || data[0] & 8 ? -1 : 0));
	must(bulk_in_active(&in) == (how == 0));
	if (how == 0)
		read_all(&in, &c);
	bulk_in_clear(&in);
	must(!bulk_in_active(&in));

	/* The lowest free one is the same again: all were closed. */
	(void)close(first);
	must((fd = devnull()) == first);
	(void)close(fd);
	return 0;
}

static void
read_all(struct bulk_in *in, struct content *c)
{
	const uint8_t *want;
	uint8_t       *got;
	size_t         want_len, got_len;
	int            want_fd, got_fd, fd, n;

	for (;;) {
		n = next(c, &want, &want_len, &want_fd);
		must(bulk_in_next(in, &got, &got_len, &got_fd) == n);
		if (n != 1)
			return;
		must(got_len == want_len && got_fd == want_fd);
		must(memcmp(got, want, want_len) == 0);
		/* It is the caller's to write to. */
		memset(got, 0xa5, got_len);
		if (got_fd && (fd = bulk_in_take_fd(in)) != -1)
			(void)close(fd);
	}
}

/* As bulk_in_next(). */
static int
next(struct content *c, const uint8_t **data, size_t *len, int *fd)
{
	size_t left, end = c->said < c->len ? c->said : c->len;

	if (c->at == c->said)
		return c->fds == 0 ? 0 : -1;
	left = end - c->at;
	if (left < BULK_RECORD_HEAD)
		return -1;
	*fd = c->data[c->at];
	*len = (size_t)c->data[c->at + 1] << 8 | c->data[c->at + 2];
	left -= BULK_RECORD_HEAD;
	if (*fd > 1 || *len > MSG_HEADER_LEN + MSG_PAYLOAD_MAX || *len > left ||
	    (*fd == 1 && c->fds == 0))
		return -1;
	*data = c->data + c->at + BULK_RECORD_HEAD;
	c->at += BULK_RECORD_HEAD + *len;
	c->fds -= (size_t)*fd;
	return 1;
}

static int
memory(const uint8_t *data, size_t len)
{
	ssize_t n;
	int     fd;

	must((fd = sealed_new("fuzz")) != -1);
	while (len > 0) {
		must((n = write(fd, data, len)) > 0);
		data += n;
		len -= (size_t)n;
	}
	must(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* So many, of which the first came without its descriptor if one is lost. */
static void
feed_fds(struct bulk_in *in, size_t n, int lose)
{
	struct msg m = { MSG_BULK_FD, 0, NULL, 0, -1 };
	size_t     i;

	for (i = 0; i < n; i++) {
		m.fd = i == 0 && lose ? -1 : devnull();
		bulk_in_fd(in, &m);
		must(m.fd == -1);
	}
}

static int
open_bulk(struct bulk_in *in, uint64_t said, uint32_t fds, int fd)
{
	uint8_t     buf[16];
	struct wbuf w;
	struct msg  m = { MSG_BULK, 0, buf, 0, fd };
	int         how;

	wbuf_init(&w, buf, sizeof(buf));
	wbuf_u64(&w, said);
	wbuf_u32(&w, fds);
	m.len = w.len;
	how = bulk_in_open(in, &m);
	if (m.fd != -1)
		(void)close(m.fd);
	return how;
}

static int
devnull(void)
{
	int fd;

	must((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) != -1);
	return fd;
}

static void
must(int truth)
{
	if (!truth)
		abort();
}
