/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * How long the names of a configuration are, and how many there may be.
 */

#ifndef CONF_CONF_SIZE_H
#define CONF_CONF_SIZE_H

/* Sizes with their NUL. */
#define CONF_NAME_SIZE      32 /* listener names, labels, users, groups */
#define CONF_LABEL_SIZE     64
#define CONF_INTERFACE_SIZE 16   /* IFNAMSIZ */
#define CONF_PATH_SIZE      1024 /* files; sockets have their own limit */

#define CONF_NAMESERVERS_MAX      8
#define CONF_LISTENERS_MAX        256
#define CONF_RULES_MAX            65536
#define CONF_HOSTS_MAX            20000
#define CONF_SOCKETS_MAX          64 /* marks and interfaces, combined */
#define CONF_TABLES_MAX           1024
#define CONF_UPSTREAMS_MAX        256
#define CONF_MEMBERS_MAX          64 /* of one upstream */
#define CONF_HOPS_MAX             8  /* upstreams one behind the other */
#define CONF_BREAKER_FAILURES_MAX 100

#endif /* CONF_CONF_SIZE_H */
