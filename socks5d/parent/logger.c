/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The log: to stderr or syslog, as text or JSON.  Written by the parent
 * alone, for itself and for all children.
 *
 * What a line says is made here; how it gets out without anybody waiting for it
 * is in log_out.c.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/time.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "base/json.h"
#include "base/log.h"
#include "conf/conf.h"
#include "parent/log_out.h"
#include "parent/log_stderr.h"
#include "parent/log_syslog.h"
#include "parent/logger.h"
#include "parent/parent.h"

#define STAMP_SIZE 48

/* A field of an event takes no more, its name included. */
#define FIELD_SIZE 512

/* The end of the daemon waits so long for a log that is slow. */
#define END_MS 300

/* A line of the start, for the log that is not open yet. */
struct held {
	STAILQ_ENTRY(held) entry;
	enum log_level     level;
	char               line[];
};

/* The logger is one of the few things that a process has once. */
static struct {
	enum conf_log_dest   dest;
	enum conf_log_format format;
	struct log_out      *err;  /* stderr */
	struct log_out      *sys;  /* syslog, or NULL */
	uint64_t             lost; /* besides theirs */
	int                  up;
	STAILQ_HEAD(, held) held;
} logger = { .dest = CONF_LOG_STDERR,
	.format = CONF_LOG_TEXT,
	.held = STAILQ_HEAD_INITIALIZER(logger.held) };

static const char *const level_names[LOG_LEVEL_MAX] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

static void        early_sink(void *, enum log_level, const char *);
static void        early_tell(void);
static void        logger_sink(void *, enum log_level, const char *);
static void        logger_line(const uint8_t *, size_t);
static void        logger_write(enum log_level, const char *);
static void        logger_mark(enum log_level, char *, size_t);
static const char *logger_once(enum log_level, const char *, char *, size_t);
static void        logger_json(enum log_level, const char *, const char *,
	   const struct logger_field *, size_t, char *, size_t);
static void        logger_field_put(struct json *, const struct logger_field *);
static void        logger_stamp(char *, size_t);
static int         logger_priority(enum log_level);
static size_t logger_err_line(enum log_level, const char *, char *, size_t);
static void   lost_text(uint64_t, char *, size_t);
static size_t err_lost(uint64_t, char *, size_t);
static size_t sys_lost(uint64_t, char *, size_t);

static const struct log_place err_place = { log_stderr_send, log_stderr_fd,
	err_lost };
static const struct log_place sys_place = { log_syslog_send, log_syslog_fd,
	sys_lost };

void
logger_early(void)
{
	log_set_sink(early_sink, NULL);
}

/* An error is why there will be no log, so it is told at once. */
static void
early_sink(void *arg, enum log_level level, const char *line)
{
	struct held *h = NULL;
	size_t       size = strlen(line) + 1;

	if (level != LOG_LEVEL_ERROR &&
	    (h = malloc(sizeof(*h) + size)) != NULL) {
		h->level = level;
		memcpy(h->line, line, size);
		STAILQ_INSERT_TAIL(&logger.held, h, entry);
		return;
	}
	early_tell();
	log_set_sink(NULL, NULL);
	log_error("%s", line);
	log_set_sink(early_sink, NULL);
}

/* Hands on what is held, to whatever log there is now. */
static void
early_tell(void)
{
	struct held *h;

	if (logger.err == NULL)
		log_set_sink(NULL, NULL);
	while ((h = STAILQ_FIRST(&logger.held)) != NULL) {
		STAILQ_REMOVE_HEAD(&logger.held, entry);
		if (logger.err != NULL)
			logger_sink(NULL, h->level, h->line);
		else
			log_error("%s", h->line);
		free(h);
	}
}

void
logger_open(struct event_base *base, const struct parent_options *o,
    const struct conf_log *conf)
{
	logger.dest = o->debug ? CONF_LOG_STDERR : conf->dest;
	logger.format = conf->format;
	if (logger.err == NULL) {
		log_stderr_open();
		if ((logger.err = log_out_new(base, &err_place)) == NULL)
			fatal("log");
	}
	if (logger.dest == CONF_LOG_SYSLOG && logger.sys == NULL) {
		log_syslog_open(_PATH_LOG);
		if ((logger.sys = log_out_new(base, &sys_place)) == NULL)
			fatal("log");
	}
	log_set_sink(logger_sink, NULL);
	early_tell();
}

void
logger_up(void)
{
	logger.up = 1;
}

void
logger_stderr(void)
{
	log_out_flush(logger.err);
	log_stderr_open();
	log_out_flush(logger.err);
}

void
logger_close(void)
{
	if (logger.err == NULL) {
		early_tell();
		return;
	}
	log_out_end(logger.err, END_MS);
	if (logger.sys != NULL)
		log_out_end(logger.sys, END_MS);
}

static void
logger_sink(void *arg, enum log_level level, const char *line)
{
	char json[2 * LOG_LINE_MAX];

	if (logger.format == CONF_LOG_JSON) {
		logger_json(level, line, NULL, NULL, 0, json, sizeof(json));
		line = json;
	}
	logger_write(level, line);
}

void
logger_event(enum log_level level, const char *event,
    const struct logger_field *f, size_t n, const char *line)
{
	char json[2 * LOG_LINE_MAX];

	if (logger.format == CONF_LOG_JSON) {
		logger_json(level, line, event, f, n, json, sizeof(json));
		line = json;
	}
	logger_write(level, line);
}

/* Session lines come formatted, one after the other. */
void
logger_lines(const uint8_t *data, size_t len)
{
	const uint8_t *end;
	size_t         n;

	while (len != 0) {
		end = memchr(data, '\n', len);
		n = end == NULL ? len : (size_t)(end - data);
		logger_line(data, n);
		if (end == NULL)
			break;
		data += n + 1;
		len -= n + 1;
	}
}

/*
 * A JSON document gets the time as its first member, as those made here have
 * it.  Control writes ASCII; should it be taken over it writes no more either.
 */
static void
logger_line(const uint8_t *data, size_t len)
{
	char   line[2 * LOG_LINE_MAX], when[STAMP_SIZE];
	size_t at = 0, i;

	if (len == 0 || len >= sizeof(line) - STAMP_SIZE - 16) {
		logger.lost++;
		return;
	}
	if (data[0] == '{') {
		logger_stamp(when, sizeof(when));
		at = (size_t)snprintf(line, sizeof(line), "{\"time\":\"%s\",",
		    when);
		data++;
		len--;
	}
	for (i = 0; i < len; i++)
		line[at++] = data[i] >= ' ' && data[i] <= '~' ? (char)data[i] :
								'?';
	line[at] = '\0';
	logger_write(LOG_LEVEL_INFO, line);
}

uint64_t
logger_lost(void)
{
	uint64_t n = logger.lost;

	if (logger.err != NULL)
		n += log_out_lost(logger.err);
	if (logger.sys != NULL)
		n += log_out_lost(logger.sys);
	return n;
}

static void
logger_write(enum log_level level, const char *line)
{
	char   text[2 * LOG_LINE_MAX + 64];
	size_t len;

	if (logger.dest == CONF_LOG_SYSLOG) {
		len = log_syslog_line(logger_priority(level), line, text,
		    sizeof(text));
		log_out_add(logger.sys, text, len);
		/* Whoever starts the daemon hears what is wrong with that. */
		if (logger.up ||
		    (level != LOG_LEVEL_ERROR && level != LOG_LEVEL_WARN))
			return;
	}
	len = logger_err_line(level, line, text, sizeof(text));
	log_out_add(logger.err, text, len);
}

/*
 * A line as stderr gets it, its newline included; gives its length, which is
 * PIPE_BUF at most.  The journal of systemd adds the time itself and is told
 * the priority; all else gets the time and the level.
 */
static size_t
logger_err_line(enum log_level level, const char *line, char *dst, size_t size)
{
	char   mark[STAMP_SIZE + 16], once[2 * LOG_LINE_MAX];
	size_t len;

	/* A pipe takes so much in one piece. */
	if (size > PIPE_BUF)
		size = PIPE_BUF;
	logger_mark(level, mark, sizeof(mark));
	(void)strlcpy(dst, mark, size);
	len = strlcat(dst, logger_once(level, line, once, sizeof(once)), size);
	if (len > size - 1)
		len = size - 1;
	dst[len++] = '\n';
	return len;
}

/* What comes before a line: for the journal "<4>", see sd-daemon(3). */
static void
logger_mark(enum log_level level, char *dst, size_t size)
{
	char when[STAMP_SIZE];

	dst[0] = '\0';
	if (log_stderr_is_journal())
		(void)snprintf(dst, size, "<%d>", logger_priority(level));
	else if (logger.format == CONF_LOG_TEXT) {
		logger_stamp(when, sizeof(when));
		(void)snprintf(dst, size, "%s %s%s", when,
		    level == LOG_LEVEL_INFO ? "" : level_names[level],
		    level == LOG_LEVEL_INFO ? "" : ": ");
	}
}

/*
 * A complaint about a file has the word "warning" behind its place, for those
 * who read it elsewhere; where the level stands before the line it goes.
 */
static const char *
logger_once(enum log_level level, const char *line, char *dst, size_t size)
{
	static const char word[] = ": warning: ";
	const char       *at;

	if (level != LOG_LEVEL_WARN || logger.format != CONF_LOG_TEXT ||
	    log_stderr_is_journal() || (at = strstr(line, word)) == NULL)
		return line;
	(void)snprintf(dst, size, "%.*s: %s", (int)(at - line), line,
	    at + sizeof(word) - 1);
	return dst;
}

static void
lost_text(uint64_t n, char *dst, size_t size)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%llu log lines lost",
	    (unsigned long long)n);
	if (logger.format == CONF_LOG_JSON)
		logger_json(LOG_LEVEL_WARN, text, NULL, NULL, 0, dst, size);
	else
		(void)strlcpy(dst, text, size);
}

static size_t
err_lost(uint64_t n, char *dst, size_t size)
{
	char text[256];

	lost_text(n, text, sizeof(text));
	return logger_err_line(LOG_LEVEL_WARN, text, dst, size);
}

static size_t
sys_lost(uint64_t n, char *dst, size_t size)
{
	char text[256];

	lost_text(n, text, sizeof(text));
	return log_syslog_line(LOG_WARNING, text, dst, size);
}

static void
logger_json(enum log_level level, const char *line, const char *event,
    const struct logger_field *f, size_t n, char *dst, size_t size)
{
	struct json j;
	char        when[STAMP_SIZE];
	size_t      i;

	logger_stamp(when, sizeof(when));
	json_init(&j, dst, size, NULL, NULL);
	json_object(&j, NULL);
	json_str(&j, "time", when);
	json_str(&j, "level", level_names[level]);
	if (event != NULL)
		json_str(&j, "event", event);
	for (i = 0; i < n; i++)
		logger_field_put(&j, &f[i]);
	json_str_max(&j, "message", line, size - 128 - n * FIELD_SIZE);
	json_end(&j);
	(void)json_done(&j);
}

static void
logger_field_put(struct json *j, const struct logger_field *f)
{
	if (f->text != NULL)
		json_str_max(j, f->name, f->text, FIELD_SIZE / 2);
	else if (f->number < 0)
		json_null(j, f->name);
	else
		json_u64(j, f->name, (uint64_t)f->number);
}

/* The time of day in UTC by RFC 3339. */
static void
logger_stamp(char *dst, size_t size)
{
	struct timespec ts;
	struct tm       tm;
	char            seconds[32];

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	(void)gmtime_r(&ts.tv_sec, &tm);
	(void)strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(dst, size, "%s.%03ldZ", seconds, ts.tv_nsec / 1000000);
}

static int
logger_priority(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return LOG_ERR;
	case LOG_LEVEL_WARN:
		return LOG_WARNING;
	case LOG_LEVEL_INFO:
		return LOG_INFO;
	case LOG_LEVEL_DEBUG:
	case LOG_LEVEL_MAX:
		break;
	}
	return LOG_DEBUG;
}
