/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The parts that all printers share.
 */

#include <inttypes.h>
#include <string.h>

#include "base/limit.h"
#include "base/msg_codec.h"
#include "grid.h"
#include "show.h"
#include "table.h"

static void nothing(struct show *);
static int  no_row(struct show *, const struct msg *);
static void lines_begin(struct show *);
static int  line_row(struct show *, const struct msg *);
static void json_out(void *, const char *, size_t);

const struct show_kind show_result = {
	{ nothing, no_row, nothing },
	{ lines_begin, line_row, show_json_close },
};

static void
nothing(struct show *sh)
{
}

static int
no_row(struct show *sh, const struct msg *m)
{
	return -1;
}

/* Each line of a file that is wrong, for instance. */
static void
lines_begin(struct show *sh)
{
	show_json_open(sh, "lines");
}

static int
line_row(struct show *sh, const struct msg *m)
{
	char line[MSG_TEXT_SIZE];

	if (show_line(sh, m, line, sizeof(line)) == -1)
		return -1;
	json_str(&sh->json, NULL, line);
	return 0;
}

int
show_line(const struct show *sh, const struct msg *m, char *dst, size_t size)
{
	char  *p;
	size_t n;

	if (m->type != MSG_CTL_TEXT || msg_get_text(m, dst, size) == -1)
		return -1;
	n = strlen(TABLE_WORDS ":");
	if (!sh->words || strncmp(dst, TABLE_WORDS ":", n) != 0)
		return 0;
	p = dst + n;
	p += strspn(p, "0123456789");
	if (strncmp(p, ": ", 2) == 0)
		memmove(dst, p + 2, strlen(p + 2) + 1);
	return 0;
}

char *
show_time(char *dst, uint64_t ms)
{
	return duration_text(ms, dst);
}

char *
show_bytes(char *dst, uint64_t n)
{
	return limit_bytes_text(n, dst);
}

void
show_grid_end(struct show *sh)
{
	grid_end(sh->grid);
	sh->grid = NULL;
}

void
show_json_open(struct show *sh, const char *list)
{
	json_init(&sh->json, sh->space, sizeof(sh->space), json_out, sh->out);
	json_object(&sh->json, NULL);
	if (list != NULL)
		json_array(&sh->json, list);
}

void
show_json_close(struct show *sh)
{
	while (sh->json.depth > 1)
		json_end(&sh->json);
	json_bool(&sh->json, "ok", sh->ok);
	json_str(&sh->json, "message",
	    sh->message[0] == '\0' ? NULL : sh->message);
	json_end(&sh->json);
	(void)json_done(&sh->json);
	(void)fputc('\n', sh->out);
}

void
show_json_text(struct json *j, const char *name, const char *text)
{
	json_str(j, name, text[0] == '\0' ? NULL : text);
}

static void
json_out(void *arg, const char *s, size_t n)
{
	(void)fwrite(s, 1, n, arg);
}
