/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What "set" lines do: the numbers by the table in conf/setting.h, and those
 * that are no numbers.
 */

#include <sys/types.h>

#include <string.h>

#include "base/embedded.h"
#include "base/wall.h"
#include "config/build.h"
#include "config/build_value.h"
#include "config/lex.h"

static int build_setting_value(struct build *, const struct setting *,
    const struct lex_word *, const struct lex_word *, uint32_t *);

const struct setting *
build_setting_row(struct build *b, const struct lex_word *at)
{
	const struct lex_word *second = lex_second(b->lex);

	return setting_find(at == second ? "" : second->text, at->text);
}

/* The number of a row, once; the value may be the word off. */
void
build_setting(struct build *b, const struct lex_word *at,
    const struct lex_word *value)
{
	const struct setting *row = build_setting_row(b, at);
	uint32_t              n;

	if (value->token == LEX_OFF)
		n = row->off;
	else if (build_setting_value(b, row, at, value, &n) == -1)
		return;
	if (build_once(b, row - settings, at))
		*setting_place(&b->conf->set, row) = n;
}

static int
build_setting_value(struct build *b, const struct setting *row,
    const struct lex_word *at, const struct lex_word *value, uint32_t *n)
{
	if (row->kind == SETTING_COUNT || row->kind == SETTING_THROTTLE)
		return build_value(b, at->text, value, row->least, row->most,
		    n);
	return build_value_ms(b, at->text, value, row->least, row->most, n);
}

void
build_source_new(struct build *b, const struct lex_word *at,
    const struct lex_word *value, const struct lex_word *burst)
{
	struct conf_settings *s = &b->conf->set;
	uint32_t              count, ms, most;

	if (build_value_new(b, at->text, value, burst, &count, &ms, &most) ==
		-1 ||
	    build_once(b, SETTING_ID_SOURCE_NEW, at) == 0)
		return;
	s->source_new_count = count;
	s->source_new_ms = ms;
	s->source_new_burst = most;
}

void
build_throttle_off(struct build *b, const struct lex_word *at)
{
	if (build_once(b, SETTING_ID_THROTTLE, at))
		b->conf->set.throttle_failures = 0;
}

/* Each value behind the word that it belongs to. */
void
build_throttle(struct build *b, const struct lex_word *at,
    const struct lex_word *const after[2], const struct lex_word *const in[2],
    const struct lex_word *const ban[2])
{
	struct conf_settings *s = &b->conf->set;

	if (build_once(b, SETTING_ID_THROTTLE, at) == 0)
		return;
	(void)build_setting_value(b, &settings[SETTING_ID_THROTTLE], after[0],
	    after[1], &s->throttle_failures);
	(void)build_setting_value(b, &settings[SETTING_ID_THROTTLE_IN], in[0],
	    in[1], &s->throttle_within_ms);
	(void)build_setting_value(b, &settings[SETTING_ID_THROTTLE_BAN], ban[0],
	    ban[1], &s->throttle_ban_ms);
}

void
build_user(struct build *b, const struct lex_word *at,
    const struct lex_word *value)
{
	if (build_account(b, at->text, value) == 0 &&
	    build_once(b, BUILD_USER, at)) {
		(void)strlcpy(b->conf->user, value->text,
		    sizeof(b->conf->user));
	}
}

void
build_chroot(struct build *b, const struct lex_word *at,
    const struct lex_word *value)
{
	if (build_path(b, at->text, value, sizeof(b->conf->chroot)) == 0 &&
	    build_once(b, BUILD_CHROOT, at))
		(void)strlcpy(b->conf->chroot, value->text,
		    sizeof(b->conf->chroot));
}

/* A prefix that a translator of this network uses. */
void
build_nat64(struct build *b, const struct lex_word *value)
{
	struct conf_settings *s = &b->conf->set;
	struct prefix         p;
	unsigned int          i;

	if (build_prefix(b, &p, value, " or prefix") == -1)
		return;
	if (nat64_is_prefix(&p) == 0) {
		lex_error(b->lex, value,
		    "nat64 %s: not an IPv6 prefix of 32, "
		    "40, 48, 56, 64 or 96 bits, of which 64 to 71 are 0",
		    lex_shown(b->lex, value));
		return;
	}
	for (i = 0; i < s->nnat64; i++) {
		if (s->nat64[i].len == p.len &&
		    addr_cmp(&s->nat64[i].addr, &p.addr) == 0) {
			lex_error(b->lex, value, "nat64 %s: given twice",
			    value->text);
			return;
		}
	}
	if (s->nnat64 == NAT64_MAX) {
		lex_error(b->lex, value, "nat64 %s: more than %d of them",
		    value->text, NAT64_MAX);
		return;
	}
	s->nat64[s->nnat64++] = p;
}

/* One of the names that "show status" has, or all of them. */
void
build_require(struct build *b, const struct lex_word *value)
{
	char        text[256] = "all";
	const char *name;
	uint32_t    set = WALL_ALL, wall;

	wall = strcmp(value->text, "all") == 0 ? WALL_ALL :
						 wall_byname(value->text);
	b->conf->require |= wall;
	if (wall != 0)
		return;
	while ((name = wall_take(&set)) != NULL) {
		(void)strlcat(text, " ", sizeof(text));
		(void)strlcat(text, name, sizeof(text));
	}
	lex_error(b->lex, value, "require %s: not one of the layers %s",
	    lex_shown(b->lex, value), text);
}
