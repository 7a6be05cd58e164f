/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Hashes of passwords as libcrypt writes them: which are good enough, and
 * which would cost too much to check.
 *
 * Pure.  The parent refuses to write another one, auth refuses a file that has
 * one, and socks5ctl makes none.
 */

#ifndef USERS_USERHASH_H
#define USERS_USERHASH_H

enum userhash_method {
	USERHASH_NONE,     /* not accepted */
	USERHASH_YESCRYPT, /* $y$ */
	USERHASH_BCRYPT,   /* $2a$, $2b$, $2y$ */
	USERHASH_SHA512,   /* $6$ */
	USERHASH_MAX,
};

/*
 * One check costs at most that much, as the hash itself says how much work it
 * is: 64 MiB for yescrypt, a second or so for the others.
 */
#define USERHASH_YESCRYPT_LOG2N 14
#define USERHASH_YESCRYPT_R     32
#define USERHASH_BCRYPT_COST    14
#define USERHASH_SHA512_ROUNDS  1000000

/*
 * The method of a whole hash.  If it is not accepted, why says the reason,
 * "hash: what is wrong", which has nothing of the hash in it.
 */
enum userhash_method userhash_check(const char *hash, const char **why);

/* "yescrypt"; "none" for none. */
const char *userhash_name(enum userhash_method);

#endif /* USERS_USERHASH_H */
