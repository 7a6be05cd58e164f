/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Memory behind a descriptor, filled by one process and then read by others
 * who can rely on it that nobody changes it any more: sealed_memfd.c, and
 * sealed_file.c for systems that have no such thing.
 */

#ifndef COMPAT_SEALED_H
#define COMPAT_SEALED_H

/* An empty one, to be written to; name is for people.  -1 with errno. */
int sealed_new(const char *name);

/*
 * Takes the descriptor and gives one to what is behind it now, which can be
 * neither written nor cut any more, whoever else has it open.  -1 with errno,
 * EBUSY if somebody still could.
 */
int sealed_close(int fd);

#endif /* COMPAT_SEALED_H */
