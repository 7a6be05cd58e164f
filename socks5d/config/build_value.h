/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Words of the configuration as values: numbers, times, sizes, ports, paths,
 * addresses and names.  What is wrong is complained about here.
 */

#ifndef CONFIG_BUILD_VALUE_H
#define CONFIG_BUILD_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "conf/conf_size.h"

struct addr;
struct build;
struct conf_domain;
struct lex_word;
struct prefix;

/*
 * Words as values, within a range; -1 after a complaint that begins with what.
 * A duration is in milliseconds, a size in bytes.
 */
int build_value(struct build *, const char *what, const struct lex_word *,
    uint32_t low, uint32_t high, uint32_t *);
int build_value_ms(struct build *, const char *what, const struct lex_word *,
    uint32_t low, uint32_t high, uint32_t *);
int build_value_size(struct build *, const char *what, const struct lex_word *,
    size_t len, uint64_t low, uint64_t high, uint64_t *);
int build_value_port(struct build *, const struct lex_word *, uint16_t *);

/* "80" or "8000:8100" */
int build_value_ports(struct build *, const struct lex_word *, uint16_t *low,
    uint16_t *high);

/* The same without complaints; of the port, so many bytes. */
int build_parse_duration(const char *, uint64_t *ms);
int build_parse_port(const char *, size_t len, uint16_t *);

/* 1 after a complaint that says what was meant instead of this port. */
int build_port_slip(struct build *, const struct lex_word *);

/* So many in a time, as in 10/s; the burst may be NULL. */
int build_value_new(struct build *, const char *what, const struct lex_word *,
    const struct lex_word *burst, uint32_t *count, uint32_t *ms,
    uint32_t *most);

/* An absolute path shorter than size. */
int build_path(struct build *, const char *what, const struct lex_word *,
    size_t size);

/* An address that can be connected. */
int build_target(struct build *, const char *what, const struct lex_word *,
    struct addr *);

/*
 * A member of a table of addresses or names; -1 after a complaint, which tells
 * what else might stand here.
 */
int build_prefix(struct build *, struct prefix *, const struct lex_word *,
    const char *others);
int build_domain(struct build *, struct conf_domain *, const struct lex_word *);

/* The name of a user; -1 after a complaint. */
int build_user_name(struct build *, const char *what, const struct lex_word *);

/* Of <name>, what is between them; -1 after a complaint. */
int build_table_name(struct build *, char dst[CONF_NAME_SIZE],
    const struct lex_word *);

/* A user or group of the system; -1 after a complaint. */
int build_account(struct build *, const char *what, const struct lex_word *);

/* A plain name or label, less than CONF_NAME_SIZE; -1 after a complaint. */
int build_name(struct build *, const char *what, const struct lex_word *);

#endif /* CONFIG_BUILD_VALUE_H */
