/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Printers of "show status".
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg_codec.h"
#include "base/wall.h"
#include "say.h"
#include "show.h"

static void text_begin(struct show *);
static int  text_row(struct show *, const struct msg *);
static void text_status(FILE *, const struct status_row *);
static void text_names(FILE *, const struct status_row *);
static void text_child(FILE *, const struct child_row *);
static int  child_keep(struct show *, const struct child_row *);
static void text_end(struct show *);
static void text_gap(void *, uint32_t, int, const char *);
static void json_begin(struct show *);
static int  json_row(struct show *, const struct msg *);
static void json_status(struct json *, const struct status_row *);
static void json_child(struct json *, const struct child_row *);
static int  get_status(const struct msg *, struct status_row *);
static int  get_child(const struct msg *, struct child_row *);

const struct show_kind show_status = {
	{ text_begin, text_row, text_end },
	{ json_begin, json_row, show_json_close },
};

static void
text_begin(struct show *sh)
{
}

static int
text_row(struct show *sh, const struct msg *m)
{
	struct status_row s;
	struct child_row  c;

	if (get_status(m, &s) == 0) {
		text_status(sh->out, &s);
		sh->wrong |= s.reload[0] != '\0';
		return 0;
	}
	if (get_child(m, &c) == 0) {
		text_child(sh->out, &c);
		return child_keep(sh, &c);
	}
	return -1;
}

static void
text_status(FILE *out, const struct status_row *s)
{
	char version[4 * sizeof(s->version)], up[SHOW_SHORT];
	char age[SHOW_SHORT];

	log_escape(version, sizeof(version), s->version, strlen(s->version));
	(void)fprintf(out, "version:   %s%s%s\n", version,
	    s->rootless ? ", without users of its own" : "",
	    s->stopping ? ", stopping" : "");
	(void)fprintf(out, "config:    ");
	say_safe(out, s->config);
	(void)fprintf(out, ", generation %" PRIu32 ", in force for %s\n",
	    s->generation, show_time(age, s->config_age_ms));
	if (s->reload[0] != '\0') {
		(void)fprintf(out, "reload:    failed %s ago: ",
		    show_time(age, s->reload_age_ms));
		say_safe(out, s->reload);
		(void)fputc('\n', out);
	}
	(void)fprintf(out, "sessions:  ");
	if (s->sessions == STATUS_SESSIONS_UNKNOWN)
		(void)fprintf(out, "not known\n");
	else
		(void)fprintf(out, "%" PRIu64 "\n", s->sessions);
	text_names(out, s);
	(void)fprintf(out, "\n%-8s %2s %7s %6s %8s  %s\n", "role", "nr", "pid",
	    "up", "restarts", "walls");
	(void)fprintf(out, "%-8s %2s %7" PRIu32 " %6s %8s  %s\n", "parent", "-",
	    s->pid, show_time(up, s->uptime_ms), "-", "-");
}

static void
text_names(FILE *out, const struct status_row *s)
{
	if (s->name_servers == 0) {
		(void)fprintf(out, "names:     not known\n");
		return;
	}
	(void)fprintf(out, "names:     %u name server%s", s->name_servers,
	    s->name_servers == 1 ? "" : "s");
	if (s->name_servers_dead != 0)
		(void)fprintf(out, ", %u do%s not answer", s->name_servers_dead,
		    s->name_servers_dead == 1 ? "es" : "");
	(void)fputc('\n', out);
}

static void
text_child(FILE *out, const struct child_row *c)
{
	const char *wall;
	char        up[SHOW_SHORT];
	uint32_t    walls = c->pid == 0 ? 0 : c->walls.stand;

	(void)fprintf(out, "%-8s %2u ", proc_name(c->role), c->instance);
	if (c->pid == 0)
		(void)fprintf(out, "%7s %6s ", "-", "-");
	else {
		(void)fprintf(out, "%7" PRIu32 " %6s ", c->pid,
		    show_time(up, c->uptime_ms));
	}
	(void)fprintf(out, "%8" PRIu32 " ", c->restarts);
	if (c->silent_ms != 0)
		(void)fprintf(out, " NO ANSWER for %s;",
		    show_time(up, c->silent_ms));
	while ((wall = wall_take(&walls)) != NULL)
		(void)fprintf(out, " %s", wall);
	(void)fprintf(out, "%s\n",
	    c->pid == 0             ? " NOT RUNNING" :
		c->walls.stand == 0 ? " STARTING" :
				      "");
}

/* What is missing comes last, and once for all that it is missing around. */
static int
child_keep(struct show *sh, const struct child_row *c)
{
	struct wall_row *more;

	if (c->pid == 0)
		return 0;
	more = reallocarray(sh->children, sh->nchildren + 1, sizeof(*more));
	if (more == NULL)
		return -1;
	sh->children = more;
	more += sh->nchildren++;
	more->role = c->role;
	more->instance = c->instance;
	more->walls = c->walls;
	return 0;
}

static void
text_end(struct show *sh)
{
	wall_gaps(sh->children, sh->nchildren, text_gap, sh);
	free(sh->children);
	sh->children = NULL;
	sh->nchildren = 0;
}

static void
text_gap(void *arg, uint32_t wall, int error, const char *who)
{
	struct show *sh = arg;

	if (sh->stage++ == 0)
		(void)fprintf(sh->out, "\n%-8s  %s\n", "missing", "why");
	(void)fprintf(sh->out, "%-8s  %s: around %s\n", wall_name(wall),
	    strerror(error), who);
}

static void
json_begin(struct show *sh)
{
	show_json_open(sh, NULL);
}

/* The children come after the daemon itself. */
static int
json_row(struct show *sh, const struct msg *m)
{
	struct status_row s;
	struct child_row  c;

	if (get_status(m, &s) == 0 && sh->rows == 0) {
		json_status(&sh->json, &s);
		sh->wrong |= s.reload[0] != '\0';
		json_array(&sh->json, "children");
		return 0;
	}
	if (get_child(m, &c) == 0 && sh->rows != 0) {
		json_child(&sh->json, &c);
		return 0;
	}
	return -1;
}

static void
json_status(struct json *j, const struct status_row *s)
{
	json_str(j, "version", s->version);
	json_str(j, "config", s->config);
	json_u64(j, "generation", s->generation);
	json_u64(j, "config_age_ms", s->config_age_ms);
	json_u64(j, "pid", s->pid);
	json_u64(j, "uptime_ms", s->uptime_ms);
	if (s->sessions == STATUS_SESSIONS_UNKNOWN)
		json_null(j, "sessions");
	else
		json_u64(j, "sessions", s->sessions);
	if (s->name_servers == 0) {
		json_null(j, "name_servers");
		json_null(j, "name_servers_dead");
	} else {
		json_u64(j, "name_servers", s->name_servers);
		json_u64(j, "name_servers_dead", s->name_servers_dead);
	}
	json_bool(j, "rootless", s->rootless);
	json_bool(j, "stopping", s->stopping);
	if (s->reload[0] == '\0') {
		json_null(j, "reload_error");
		json_null(j, "reload_error_age_ms");
	} else {
		json_str(j, "reload_error", s->reload);
		json_u64(j, "reload_error_age_ms", s->reload_age_ms);
	}
}

static void
json_child(struct json *j, const struct child_row *c)
{
	const char *wall;
	uint32_t    walls = c->walls.stand, missing, one;

	json_object(j, NULL);
	json_str(j, "role", proc_name(c->role));
	json_u64(j, "instance", c->instance);
	if (c->pid == 0)
		json_null(j, "pid");
	else
		json_u64(j, "pid", c->pid);
	json_u64(j, "uptime_ms", c->uptime_ms);
	json_u64(j, "restarts", c->restarts);
	json_u64(j, "silent_ms", c->silent_ms);
	json_array(j, "walls");
	while ((wall = wall_take(&walls)) != NULL)
		json_str(j, NULL, wall);
	json_end(j);
	json_array(j, "missing");
	for (missing = wall_missing(&c->walls); missing != 0; missing &= ~one) {
		one = missing & -missing;
		json_object(j, NULL);
		json_str(j, "wall", wall_name(one));
		json_str(j, "error", strerror(wall_error(&c->walls, one)));
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

static int
get_status(const struct msg *m, struct status_row *s)
{
	struct rbuf r;

	if (m->type != MSG_CTL_STATUS_ROW)
		return -1;
	rbuf_init(&r, m->data, m->len);
	return status_row_get(&r, s) == 0 && rbuf_done(&r) ? 0 : -1;
}

static int
get_child(const struct msg *m, struct child_row *c)
{
	struct rbuf r;

	if (m->type != MSG_CTL_CHILD_ROW)
		return -1;
	rbuf_init(&r, m->data, m->len);
	return child_row_get(&r, c) == 0 && rbuf_done(&r) ? 0 : -1;
}
