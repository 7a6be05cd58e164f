/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The configuration as role.c of base takes it, which knows of it only that
 * there is one.  Every role names this in its ops.
 */

#ifndef CONF_RECEIVER_H
#define CONF_RECEIVER_H

struct role_conf;

extern const struct role_conf conf_receiver;

#endif /* CONF_RECEIVER_H */
