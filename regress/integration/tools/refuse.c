/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Runs a program on a kernel that lacks or refuses something: a system call
 * filter, which what it starts inherits, answers the named calls with an
 * error.
 *
 *	refuse error call[:value] ... -- program [argument ...]
 *
 * With a value only calls with that first argument are answered so.
 */

#include <err.h>
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static uint32_t action(const char *);
static void     refuse(scmp_filter_ctx, uint32_t, char *);

int
main(int argc, char *argv[])
{
	scmp_filter_ctx ctx;
	uint32_t        act;
	int             i, rc;

	if (argc < 4)
		errx(2, "usage: refuse error call[:value] ... -- program");
	act = action(argv[1]);
	if ((ctx = seccomp_init(SCMP_ACT_ALLOW)) == NULL)
		errx(2, "seccomp_init");
	for (i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
		refuse(ctx, act, argv[i]);
	if (i + 1 >= argc)
		errx(2, "no program");
	if ((rc = seccomp_load(ctx)) < 0)
		errx(2, "seccomp_load: %s", strerror(-rc));
	seccomp_release(ctx);
	(void)execvp(argv[i + 1], argv + i + 1);
	err(2, "%s", argv[i + 1]);
}

static uint32_t
action(const char *name)
{
	static const struct {
		const char *name;
		uint16_t    number;
	} errors[] = {
		{ "EACCES", EACCES },
		{ "EAFNOSUPPORT", EAFNOSUPPORT },
		{ "EINVAL", EINVAL },
		{ "ENOSPC", ENOSPC },
		{ "ENOSYS", ENOSYS },
		{ "EOPNOTSUPP", EOPNOTSUPP },
		{ "EPERM", EPERM },
		{ "EUSERS", EUSERS },
	};
	size_t i;

	for (i = 0; i < nitems(errors); i++)
		if (strcmp(errors[i].name, name) == 0)
			return SCMP_ACT_ERRNO(errors[i].number);
	errx(2, "%s: not a known error", name);
}

static void
refuse(scmp_filter_ctx ctx, uint32_t act, char *call)
{
	struct scmp_arg_cmp arg;
	char               *value;
	int                 nr, rc;

	if ((value = strchr(call, ':')) != NULL)
		*value++ = '\0';
	if ((nr = seccomp_syscall_resolve_name(call)) == __NR_SCMP_ERROR)
		errx(2, "%s: no such system call", call);
	if (value == NULL)
		rc = seccomp_rule_add(ctx, act, nr, 0);
	else {
		arg = SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX,
		    strtoull(value, NULL, 0));
		rc = seccomp_rule_add_array(ctx, act, nr, 1, &arg);
	}
	if (rc < 0)
		errx(2, "%s: %s", call, strerror(-rc));
}
