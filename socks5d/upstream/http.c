/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The client's side of HTTP's CONNECT with Basic authentication: RFC 9110,
 * section 9.3.6, RFC 9112 and RFC 7617.  See hop.h.
 *
 * Pure.  Of an answer it keeps the code and the reason, however long the rest
 * is.
 */

#include <stdio.h>
#include <string.h>

#include "socks/socks.h"
#include "upstream/hop.h"

enum state {
	STATUS_LINE, /* "HTTP/1.1 200" */
	AFTER_CODE,
	REASON,
	STATUS_LF,
	LINE_START,
	LINE,
	LINE_LF,
	END_LF,
};

/* '0' stands for a digit. */
#define STATUS_FORM "HTTP/1.0 000"

static enum hop_result http_begin(struct hop *);
static enum hop_result http_byte(struct hop *, uint8_t);
static int             put_authority(const struct hop_task *, char *, size_t);
static int             put_basic(const struct hop_task *, char *, size_t);
static void            base64(const uint8_t *, size_t, char *);
static enum hop_result step(struct hop *, uint8_t);
static enum hop_result broken(struct hop *, const char *);
static enum hop_result on_status(struct hop *, uint8_t);
static enum hop_result on_reason(struct hop *, uint8_t);
static enum hop_result on_line(struct hop *, uint8_t);
static enum hop_result next(struct hop *, enum state);
static enum hop_result status_ends(struct hop *);
static enum hop_result head_ends(struct hop *);
static enum hop_result refused(struct hop *);
static int             is_text(uint8_t);

const struct hop_protocol hop_http = {
	.begin = http_begin,
	.byte = http_byte,
};

/* Host is for the proxy of a virtual host, RFC 9112, section 3.2. */
static enum hop_result
http_begin(struct hop *h)
{
	const struct hop_task *t = &h->task;
	char                   authority[HOSTNAME_MAX + 8];
	char                   basic[1024];
	int                    n;

	h->state = STATUS_LINE;
	if (t->port == 0)
		return HOP_DONE;
	if (put_authority(t, authority, sizeof(authority)) == -1)
		return hop_fail(h, UPSTREAM_UNFIT, SOCKS_REP_FAILURE,
		    "target not valid in HTTP");
	if (put_basic(t, basic, sizeof(basic)) == -1)
		return hop_fail(h, UPSTREAM_UNFIT, SOCKS_REP_FAILURE,
		    "HTTP login: colon in the user name");
	n = snprintf((char *)h->out, sizeof(h->out),
	    "CONNECT %s HTTP/1.1\r\n"
	    "Host: %s\r\n%s\r\n",
	    authority, authority, basic);
	explicit_bzero(basic, sizeof(basic));
	if (n < 0 || (size_t)n >= sizeof(h->out))
		return hop_fail(h, UPSTREAM_UNFIT, SOCKS_REP_FAILURE,
		    "HTTP request too long");
	h->outlen = (size_t)n;
	h->asked = 1;
	return HOP_SEND;
}

static int
put_authority(const struct hop_task *t, char *dst, size_t size)
{
	char text[ADDRPORT_STRLEN];
	int  n;

	if (t->addr.af == AF_UNSPEC)
		n = snprintf(dst, size, "%s:%u", t->name, t->port);
	else
		n = snprintf(dst, size, "%s",
		    addr_print_port(&t->addr, t->port, text, sizeof(text)));
	return n < 0 || (size_t)n >= size ? -1 : 0;
}

/* The header line, or nothing.  RFC 7617, section 2: no colon in the name. */
static int
put_basic(const struct hop_task *t, char *dst, size_t size)
{
	char pair[2 * LOGIN_NAME_SIZE];
	char code[4 * ((sizeof(pair) + 2) / 3) + 1];
	int  n;

	dst[0] = '\0';
	if (t->user[0] == '\0')
		return 0;
	if (strchr(t->user, ':') != NULL)
		return -1;
	n = snprintf(pair, sizeof(pair), "%s:%s", t->user, t->password);
	base64((const uint8_t *)pair, (size_t)n, code);
	n = snprintf(dst, size, "Proxy-Authorization: Basic %s\r\n", code);
	explicit_bzero(pair, sizeof(pair));
	explicit_bzero(code, sizeof(code));
	return n < 0 || (size_t)n >= size ? -1 : 0;
}

/* RFC 4648, section 4. */
static void
base64(const uint8_t *p, size_t len, char *dst)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t          v;
	size_t            i;

	for (i = 0; i < len; i += 3) {
		v = (uint32_t)p[i] << 16;
		if (i + 1 < len)
			v |= (uint32_t)p[i + 1] << 8;
		if (i + 2 < len)
			v |= p[i + 2];
		*dst++ = set[v >> 18 & 63];
		*dst++ = set[v >> 12 & 63];
		*dst++ = i + 1 < len ? set[v >> 6 & 63] : '=';
		*dst++ = i + 2 < len ? set[v & 63] : '=';
	}
	*dst = '\0';
}

/* A byte that ends the head ends it even if it is the last allowed. */
static enum hop_result
http_byte(struct hop *h, uint8_t b)
{
	enum hop_result result;

	result = step(h, b);
	if (result == HOP_MORE && ++h->head >= HOP_HEAD_MAX)
		return broken(h, "response header too long");
	return result;
}

/* A line may end with LF alone: RFC 9112, section 2.2. */
static enum hop_result
step(struct hop *h, uint8_t b)
{
	switch ((enum state)h->state) {
	case STATUS_LINE:
		return on_status(h, b);
	case AFTER_CODE:
		if (b == ' ')
			return next(h, REASON);
		if (b != '\r' && b != '\n')
			return broken(h, "invalid status code");
		/* FALLTHROUGH */
	case REASON:
		return on_reason(h, b);
	case LINE_START:
		if (b == '\r')
			return next(h, END_LF);
		if (b == '\n')
			return head_ends(h);
		/* FALLTHROUGH */
	case LINE:
		return on_line(h, b);
	case STATUS_LF:
	case LINE_LF:
	case END_LF:
		if (b != '\n')
			return broken(h, "CR without LF");
		if (h->state == STATUS_LF)
			return status_ends(h);
		return h->state == END_LF ? head_ends(h) : next(h, LINE_START);
	}
	return HOP_FAILED;
}

static enum hop_result
broken(struct hop *h, const char *what)
{
	return hop_fail(h, UPSTREAM_PROTOCOL, SOCKS_REP_FAILURE, "not HTTP: %s",
	    what);
}

/* left counts up here: how much of the form has been there. */
static enum hop_result
on_status(struct hop *h, uint8_t b)
{
	char want = STATUS_FORM[h->left];
	int  digit = b >= '0' && b <= '9';

	if (want == '0' ? !digit : b != (uint8_t)want)
		return hop_foreign(h, "not HTTP: no status line");
	h->left++;
	/* The digit of the version comes first and is out again by then. */
	if (want == '0')
		h->code = (h->code * 10 + b - '0') % 1000;
	if (STATUS_FORM[h->left] != '\0')
		return HOP_MORE;
	if (h->code < 100 || h->code > 599 || h->code == 101)
		return broken(h, "status code does not answer CONNECT");
	h->left = 0;
	h->text[0] = '\0';
	return next(h, AFTER_CODE);
}

/* left counts what is kept of it. */
static enum hop_result
on_reason(struct hop *h, uint8_t b)
{
	if (b == '\r')
		return next(h, STATUS_LF);
	if (b == '\n')
		return status_ends(h);
	if (!is_text(b))
		return broken(h, "control character in the response");
	if (h->left < sizeof(h->text) - 1) {
		h->text[h->left++] = (char)b;
		h->text[h->left] = '\0';
	}
	return HOP_MORE;
}

static enum hop_result
on_line(struct hop *h, uint8_t b)
{
	if (b == '\r')
		return next(h, LINE_LF);
	if (b == '\n')
		return next(h, LINE_START);
	if (!is_text(b))
		return broken(h, "control character in the response");
	return next(h, LINE);
}

static enum hop_result
next(struct hop *h, enum state state)
{
	h->state = state;
	return HOP_MORE;
}

/* Who refuses is not heard out: there may be a page of any length. */
static enum hop_result
status_ends(struct hop *h)
{
	if (h->code >= 300)
		return refused(h);
	return next(h, LINE_START);
}

/*
 * 1xx are answers before the answer (RFC 9110, section 15.2); a success has
 * no content, whatever its headers say (section 9.3.6).
 */
static enum hop_result
head_ends(struct hop *h)
{
	h->text[0] = '\0';
	if (h->code >= 200)
		return HOP_DONE;
	h->code = h->left = 0;
	return next(h, STATUS_LINE);
}

/* What proxies mean by the codes; there is no standard for that. */
static enum hop_result
refused(struct hop *h)
{
	char    reason[UPSTREAM_TEXT_SIZE + 1];
	uint8_t rep;

	(void)snprintf(reason, sizeof(reason), "%s%s",
	    h->text[0] == '\0' ? "" : " ", h->text);
	switch (h->code) {
	case 401:
	case 407:
		return hop_fail(h, UPSTREAM_LOGIN, SOCKS_REP_FAILURE,
		    "HTTP %u%s", h->code, reason);
	case 403:
	case 405:
	case 451:
		rep = SOCKS_REP_NOT_ALLOWED;
		break;
	case 404:
	case 502:
	case 503:
		rep = SOCKS_REP_HOST_UNREACHABLE;
		break;
	case 408:
	case 504:
		rep = SOCKS_REP_TTL_EXPIRED;
		break;
	default:
		rep = SOCKS_REP_FAILURE;
		break;
	}
	return hop_fail(h, UPSTREAM_REFUSED, rep, "HTTP %u%s", h->code, reason);
}

static int
is_text(uint8_t b)
{
	return (b >= ' ' && b != 0x7f) || b == '\t';
}
