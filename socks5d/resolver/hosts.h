/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The names of /etc/hosts, which the parent read, and "localhost".
 *
 * Pure.  No name server is asked for a name that is found here.
 */

#ifndef RESOLVER_HOSTS_H
#define RESOLVER_HOSTS_H

#include <stdint.h>

struct conf_hosts;
struct hosts;
struct msg_name_answer;

/*
 * Refers to the entries of the list, which must live as long.  NULL with
 * errno.
 */
struct hosts *hosts_new(const struct conf_hosts *);
void          hosts_free(struct hosts *);

/*
 * Fills in the addresses of the family in the order of the file.  A name with
 * lines of the other family only is NAME_NOT_FOUND: the file has the last
 * word.  "localhost" and names below it are loopback addresses even if the
 * file does not know them (RFC 6761, section 6.3).  0 if the name is unknown
 * here.
 */
int hosts_get(const struct hosts *, const char *name, uint8_t family,
    struct msg_name_answer *);

#endif /* RESOLVER_HOSTS_H */
