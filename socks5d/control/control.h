/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The control process: serves socks5ctl, writes the session lines.
 *
 * Only socks5d.c includes this.
 */

#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

struct child;

/* Prepares, confines itself, serves until told to stop. */
_Noreturn void control_main(struct child *);

#endif /* CONTROL_CONTROL_H */
