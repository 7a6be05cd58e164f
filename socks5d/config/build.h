/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * What the grammar's actions do: words become values, values go into the
 * config, wrong ones are complained about.
 *
 * Linked by the parent alone.  Complaints are counted by the lexer, so nothing
 * here returns a failure: the line that was wrong is left out, and a config
 * with complaints is never used.
 */

#ifndef CONFIG_BUILD_H
#define CONFIG_BUILD_H

#include <sys/queue.h>

#include <stdint.h>

#include "config/conf.h"

struct lex;
struct lex_word;

/* A list as written; it lives in the lexer's arena. */
struct word {
	STAILQ_ENTRY(word)	 entry;
	const struct lex_word	*word;
	int			 negated;
};
STAILQ_HEAD(words, word);

/* What may be given once only. */
enum build_once {
	BUILD_RELAYS,
	BUILD_SESSIONS,
	BUILD_HANDSHAKE,
	BUILD_CONNECT,
	BUILD_IDLE,
	BUILD_HALF_CLOSED,
	BUILD_KEEPALIVE,
	BUILD_DRAIN,
	BUILD_HALF_OPEN,
	BUILD_PER_SOURCE,
	BUILD_WORKERS,
	BUILD_AUTH_CACHE,
	BUILD_THROTTLE,
	BUILD_THROTTLE_AFTER,
	BUILD_THROTTLE_IN,
	BUILD_THROTTLE_BAN,
	BUILD_USERS,
	BUILD_USER,
	BUILD_CHROOT,
	BUILD_NAMESERVER,
	BUILD_FAMILY,
	BUILD_DNS_TIMEOUT,
	BUILD_CACHE,
	BUILD_CONTROL,
	BUILD_LOG_DEST,
	BUILD_LOG_FORMAT,
	BUILD_LOG_SESSIONS,
	BUILD_ONCE_MAX
};

/* The parts of the line being read, whichever it is. */
struct build_line {
	const struct lex_word	*at;		/* its first word */
	const struct lex_word	*path;		/* control */
	const struct lex_word	*group;
	const struct lex_word	*addr;		/* listen */
	const struct lex_word	*port;
	const struct lex_word	*name;		/* also of a table */
	const struct lex_word	*auth;
	const struct lex_word	*open;
	const struct lex_word	*quick;		/* pass, block */
	const struct lex_word	*log;
	struct words		*from;
	struct words		*to;
	struct words		*ports;
	struct words		*on;
	struct words		*users;		/* also of a table */
	struct words		*groups;
	const struct lex_word	*label;
};

struct build {
	struct conf		*conf;
	struct lex		*lex;
	struct build_line	 line;
	const struct lex_word	*once[BUILD_ONCE_MAX];
	uint32_t		 nrules;
	unsigned int		 nlisteners;
	unsigned int		 ntables;
};

/* Lists: NULL only if memory is short, which the lexer then knows. */
struct words	*build_words(struct build *, const struct lex_word *);
struct words	*build_words_join(struct words *, struct words *);
struct words	*build_words_negate(struct build *, struct words *,
		    const struct lex_word *bang);

/* The keyword as the word that it is elsewhere. */
const struct lex_word	*build_name_of(struct build *,
			    const struct lex_word *);

/* True the first time; at is the keyword. */
int	build_once(struct build *, enum build_once, const struct lex_word *at);

/* set, resolver, log: a number, a duration, a choice. */
void	build_number(struct build *, enum build_once, const struct lex_word *,
	    const struct lex_word *value);
void	build_duration(struct build *, enum build_once,
	    const struct lex_word *, const struct lex_word *value);
void	build_user(struct build *, const struct lex_word *,
	    const struct lex_word *value);
void	build_chroot(struct build *, const struct lex_word *,
	    const struct lex_word *value);
void	build_users(struct build *, const struct lex_word *,
	    const struct lex_word *value);
void	build_nameserver(struct build *, const struct lex_word *addr,
	    const struct lex_word *port);

/*
 * listen, control, table, pass, block: begun, given their parts, ended.  part
 * is the place in build.line that must still be empty.
 */
void	build_begin(struct build *, const struct lex_word *at);
void	build_part(struct build *, const struct lex_word **part,
	    const struct lex_word *at, const struct lex_word *value);
void	build_list(struct build *, struct words **part,
	    const struct lex_word *at, struct words *list);
void	build_control(struct build *);
void	build_listener(struct build *);
void	build_table(struct build *);
void	build_rule(struct build *);

/* Members of the lists of a rule; -1 after complaints. */
int	build_user_list(struct build *, struct conf_users *,
	    const struct words *);
int	build_group_list(struct build *, struct conf_users *,
	    const struct words *);

/* A plain name or label, less than CONF_NAME_SIZE; -1 after a complaint. */
int	build_name(struct build *, const char *what, const struct lex_word *);

void	build_memory(struct build *, const struct lex_word *at);

/* name = value */
void	build_macro(struct build *, const struct lex_word *name,
	    struct words *values);

#endif /* CONFIG_BUILD_H */
