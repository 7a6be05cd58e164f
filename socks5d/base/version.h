/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The version that the programs tell.
 *
 * Pure.
 */

#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define SOCKS5D_VERSION "0.1"

#endif /* BASE_VERSION_H */
