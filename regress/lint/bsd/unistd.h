/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What pledge(2) and getpeereid(3) document of this header.
 */

#ifndef BSD_UNISTD_H
#define BSD_UNISTD_H

#include_next <unistd.h>

int pledge(const char *, const char *);
int getpeereid(int, uid_t *, gid_t *);

#endif /* BSD_UNISTD_H */
