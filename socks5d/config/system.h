/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What the parent takes from the system's own files.  Children
 * have no file system to look at.
 */

#ifndef CONFIG_SYSTEM_H
#define CONFIG_SYSTEM_H

#include "config/parse.h"

struct conf;

/*
 * Adds to a config the lines of the hosts file and, unless it names its own,
 * the name servers of resolv.conf, or 127.0.0.1 if there are none.  Lines that
 * cannot be used are reported and left out.  0, or -1 with errno if memory is
 * short; a missing file is no failure.
 */
int conf_load_system(struct conf *, const char *resolv_path,
    const char *hosts_path, parse_report, void *arg);

#endif /* CONFIG_SYSTEM_H */
