/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What a role keeps of root's capabilities.  No role keeps any, so this
 * program has a table of roles of its own in which one does.
 */

#include <sys/capability.h>

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "confined.h"

/* What it links first counts: this confine_linux.c, not the daemon's. */
#undef PROC_TABLE
#define PROC_TABLE(X)                                                          \
	X(HASH, hash, 1, 0, 0, CAP_BIT(CAP_NET_ADMIN), "")                     \
	X(LOADER, loader, 1, 0, 0,                                             \
	    CAP_BIT(CAP_KILL) | CAP_BIT(CAP_AUDIT_READ), "")
#include "base/confine_linux.c"

static void     check_caps(enum proc_id, uint32_t, uint64_t);
static void     check_set(const char *, const char *, uint64_t, enum proc_id);
static uint64_t permitted(void);
static int      wait_for_parent(void *);

ATF_TC(kept);
ATF_TC_HEAD(kept, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a role keeps the capabilities of its "
	    "row and no other, one without keeps none, and nothing is gained "
	    "without root");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(kept, tc)
{
	enum proc_id role;
	size_t       i;

	SKIP_UNLESS_PLAIN();
	for (i = 0; i < CONFINED_ROLES; i++) {
		role = confined_roles[i];
		check_caps(role, 0, kept[role] & permitted());
		check_caps(role, START_ROOTLESS, 0);
	}
}

static void
check_caps(enum proc_id role, uint32_t flags, uint64_t want)
{
	struct confined c;
	char            line[256], path[64];
	FILE           *f;

	memset(&c, 0, sizeof(c));
	c.role = role;
	c.flags = flags;
	c.attack = wait_for_parent;
	ATF_REQUIRE_EQ_MSG(0, confined_start(&c), "%s", c.log);
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)c.pid);
	ATF_REQUIRE((f = fopen(path, "r")) != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		check_set(line, "CapPrm:", want, role);
		check_set(line, "CapEff:", want, role);
		check_set(line, "CapInh:", 0, role);
		check_set(line, "CapAmb:", 0, role);
		if ((c.walls & WALL_BOUNDING) != 0)
			check_set(line, "CapBnd:", 0, role);
	}
	(void)fclose(f);
	ATF_CHECK_EQ(0, confined_end(&c));
}

static void
check_set(const char *line, const char *name, uint64_t want, enum proc_id role)
{
	uint64_t have;

	if (strncmp(line, name, strlen(name)) != 0)
		return;
	have = strtoull(line + strlen(name), NULL, 16);
	ATF_CHECK_EQ_MSG(want, have, "%s: %s %llx", proc_name(role), name,
	    (unsigned long long)have);
}

/* Root of a container may lack some. */
static uint64_t
permitted(void)
{
	cap_flag_value_t has;
	cap_value_t      c;
	cap_t            now;
	uint64_t         set = 0;

	ATF_REQUIRE((now = cap_get_proc()) != NULL);
	for (c = 0; cap_get_flag(now, c, CAP_PERMITTED, &has) == 0; c++)
		set |= has == CAP_SET ? CAP_BIT(c) : 0;
	(void)cap_free(now);
	return set;
}

static int
wait_for_parent(void *arg)
{
	char c;

	/* No poll(2) behind the filter; the channel is non-blocking. */
	while (read(CHILD_CHANNEL_FD, &c, 1) == -1 && errno == EAGAIN)
		;
	return 0;
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, kept);
	return atf_no_error();
}
