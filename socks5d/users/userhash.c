/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Hashes of passwords: see userhash.h.
 *
 * Pure.  What crypt_checksalt(3) lets through is looked at once more, as it
 * knows which methods there are but neither what they cost nor how long a
 * hash of theirs must be.
 */

#include <sys/types.h>

#include <crypt.h>
#include <stdint.h>
#include <string.h>

#include "compat/nitems.h"
#include "users/userhash.h"

/* The digits of all of them; most count them in this order. */
static const char digits[] =
    "./0123456789"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#define YESCRYPT_SALT_MAX 86 /* 64 bytes */
#define YESCRYPT_HASH_LEN 43
#define YESCRYPT_FLAVOR   'j' /* all that libraries write */
#define BCRYPT_SALT_LEN   22
#define BCRYPT_HASH_LEN   31
#define SHA512_SALT_MAX   16
#define SHA512_HASH_LEN   86

static const char *refused(const char *);
static const char *yescrypt_check(const char *);
static const char *yescrypt_number(const char *, uint32_t *);
static int         yescrypt_salt(const char *, size_t);
static const char *bcrypt_check(const char *);
static const char *sha512_check(const char *);
static int         salt_hash(const char *, size_t, size_t, size_t);

/* By their prefixes.  Those without a check are refused for the reason. */
static const struct {
	const char          *prefix;
	enum userhash_method method;
	const char *(*check)(const char *);
	const char *why;
} methods[] = {
	{ "$y$", USERHASH_YESCRYPT, yescrypt_check, NULL },
	{ "$2a$", USERHASH_BCRYPT, bcrypt_check, NULL },
	{ "$2b$", USERHASH_BCRYPT, bcrypt_check, NULL },
	{ "$2y$", USERHASH_BCRYPT, bcrypt_check, NULL },
	{ "$6$", USERHASH_SHA512, sha512_check, NULL },
	{ "$1$", USERHASH_NONE, NULL, "hash: MD5 is too weak" },
	{ "$apr1$", USERHASH_NONE, NULL, "hash: MD5 is too weak" },
	{ "$md5", USERHASH_NONE, NULL, "hash: MD5 is too weak" },
	{ "$3$", USERHASH_NONE, NULL, "hash: NTHASH is too weak" },
	{ "$sha1$", USERHASH_NONE, NULL, "hash: SHA-1 is too weak" },
	{ "_", USERHASH_NONE, NULL, "hash: DES is too weak" },
	{ "$2x$", USERHASH_NONE, NULL, "hash: bcrypt of $2x$ is flawed" },
	{ "$2$", USERHASH_NONE, NULL, "hash: bcrypt of $2$ is flawed" },
	{ "$5$", USERHASH_NONE, NULL, "hash: sha256 is not accepted" },
	{ "$7$", USERHASH_NONE, NULL, "hash: scrypt is not accepted" },
	{ "$gy$", USERHASH_NONE, NULL, "hash: gost-yescrypt is not accepted" },
	{ "$argon2", USERHASH_NONE, NULL, "hash: argon2 is not accepted" },
	{ "{", USERHASH_NONE, NULL, "hash: those of LDAP are not accepted" },
	{ "*", USERHASH_NONE, NULL,
	    "hash: a locked password; use the option \"disabled\"" },
	{ "!", USERHASH_NONE, NULL,
	    "hash: a locked password; use the option \"disabled\"" },
};

static const char *const names[] = {
	[USERHASH_NONE] = "none",
	[USERHASH_YESCRYPT] = "yescrypt",
	[USERHASH_BCRYPT] = "bcrypt",
	[USERHASH_SHA512] = "sha512",
};

_Static_assert(nitems(names) == USERHASH_MAX, "every method needs its name");

enum userhash_method
userhash_check(const char *hash, const char **why)
{
	size_t i, len;

	for (i = 0; i < nitems(methods); i++) {
		len = strlen(methods[i].prefix);
		if (strncmp(hash, methods[i].prefix, len) != 0)
			continue;
		*why = methods[i].why;
		if (methods[i].check != NULL &&
		    (*why = methods[i].check(hash + len)) == NULL &&
		    crypt_checksalt(hash) != CRYPT_SALT_OK)
			*why = "hash: the system rejects its salt";
		return *why == NULL ? methods[i].method : USERHASH_NONE;
	}
	*why = refused(hash);
	return USERHASH_NONE;
}

const char *
userhash_name(enum userhash_method method)
{
	if ((size_t)method >= nitems(names))
		return "?";
	return names[method];
}

/* A reason for what has no known prefix. */
static const char *
refused(const char *hash)
{
	size_t len = strlen(hash);

	if (len == 0)
		return "hash: missing";
	if (len == 13 && strspn(hash, digits) == len)
		return "hash: DES is too weak";
	if (hash[0] == '$')
		return "hash: unknown method";
	return "hash: not a password hash; socks5ctl hash makes one";
}

/*
 * $y$<flavor><log2 of N><r>[<more>]$<salt>$<hash>: as in libxcrypt.
 * More would be parallel runs, more time or a table in ROM.
 */
static const char *
yescrypt_check(const char *s)
{
	uint32_t log2n, r;

	if (*s++ != YESCRYPT_FLAVOR)
		return "hash: yescrypt of another flavor than \"j\"";
	if ((s = yescrypt_number(s, &log2n)) == NULL ||
	    (s = yescrypt_number(s, &r)) == NULL)
		return "hash: yescrypt with malformed parameters";
	/* Counted from 1 both. */
	if (log2n + 1 > USERHASH_YESCRYPT_LOG2N || r + 1 > USERHASH_YESCRYPT_R)
		return "hash: yescrypt of too high a cost: more than N=2^14 "
		       "or r=32";
	if (*s++ != '$')
		return "hash: yescrypt with more parameters than N and r";
	if (salt_hash(s, 2, YESCRYPT_SALT_MAX, YESCRYPT_HASH_LEN) == -1 ||
	    yescrypt_salt(s, strcspn(s, "$")) == -1)
		return "hash: yescrypt that is cut or malformed";
	return NULL;
}

/*
 * Four digits are three bytes, low bits first; bits that belong to no byte
 * must be zero, or libcrypt refuses the salt at once.
 */
static int
yescrypt_salt(const char *s, size_t len)
{
	long last;

	last = strchr(digits, s[len - 1]) - digits;
	switch (len % 4) {
	case 0:
		return 0;
	case 2:
		return last < 4 ? 0 : -1;
	case 3:
		return last < 16 ? 0 : -1;
	}
	return -1;
}

/*
 * A number from 0: one digit up to 47, then longer forms, all of which are
 * more than any limit here, so that their first digit will do.
 */
static const char *
yescrypt_number(const char *s, uint32_t *n)
{
	const char *d;

	if (*s == '\0' || (d = strchr(digits, *s)) == NULL)
		return NULL;
	*n = (uint32_t)(d - digits);
	return s + 1;
}

/* $2b$<cost>$<salt><hash>; the salt's last digit has but two bits. */
static const char *
bcrypt_check(const char *s)
{
	unsigned int cost;

	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' || s[2] != '$')
		return "hash: bcrypt with a malformed cost";
	cost = (unsigned int)(s[0] - '0') * 10 + (unsigned int)(s[1] - '0');
	if (cost > USERHASH_BCRYPT_COST)
		return "hash: bcrypt of too high a cost: more than 14";
	if (cost < 4)
		return "hash: bcrypt with a malformed cost";
	s += 3;
	if (strlen(s) != BCRYPT_SALT_LEN + BCRYPT_HASH_LEN ||
	    strspn(s, digits) != BCRYPT_SALT_LEN + BCRYPT_HASH_LEN ||
	    strchr(".Oeu", s[BCRYPT_SALT_LEN - 1]) == NULL)
		return "hash: bcrypt that is cut or malformed";
	return NULL;
}

/* $6$[rounds=<n>$]<salt>$<hash>, 5000 rounds if it does not say. */
static const char *
sha512_check(const char *s)
{
	static const char word[] = "rounds=";
	unsigned long     n = 0;

	if (strncmp(s, word, sizeof(word) - 1) == 0) {
		s += sizeof(word) - 1;
		if (*s < '1' || *s > '9')
			return "hash: sha512 with malformed rounds";
		for (; *s >= '0' && *s <= '9'; s++)
			if ((n = n * 10 + (unsigned long)(*s - '0')) >
			    USERHASH_SHA512_ROUNDS)
				return "hash: sha512 of too high a cost: more "
				       "than 1000000 rounds";
		if (n < 1000 || *s++ != '$')
			return "hash: sha512 with malformed rounds";
	}
	if (salt_hash(s, 1, SHA512_SALT_MAX, SHA512_HASH_LEN) == -1)
		return "hash: sha512 that is cut or malformed";
	return NULL;
}

/* -1 unless it is a salt of a right length, "$" and the hash, all digits. */
static int
salt_hash(const char *s, size_t min, size_t max, size_t hashlen)
{
	size_t n;

	n = strspn(s, digits);
	if (n < min || n > max || s[n] != '$')
		return -1;
	s += n + 1;
	if (strlen(s) != hashlen || strspn(s, digits) != hashlen)
		return -1;
	return 0;
}
