/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The parts of a rule, for build_rule(): its conditions, a list of members
 * each, and what it does to its sessions.
 */

#ifndef CONFIG_BUILD_RULE_H
#define CONFIG_BUILD_RULE_H

#include <stdint.h>

#include "config/build.h"

/* What a rule does to its sessions; -1 after complaints. */
int build_effects(struct build *, struct conf_rule *);

/* Members of the lists of a rule; -1 after complaints. */
int build_addrs(struct build *, struct conf_addrs *, const struct words *);
int build_ports(struct build *, struct conf_ports *, const struct words *);
int build_ons(struct build *, struct conf_ons *, const struct words *);
int build_domains(struct build *, struct conf_domains *, const struct words *);
int build_countries(struct build *, struct conf_countries *,
    const struct words *);
int build_commands(struct build *, uint8_t *, const struct words *);
int build_times(struct build *, struct conf_times *, const struct words *);
int build_days(struct build *, struct conf_days *, const struct words *);
int build_user_list(struct build *, struct conf_users *, const struct words *);
int build_group_list(struct build *, struct conf_users *, const struct words *);

#endif /* CONFIG_BUILD_RULE_H */
