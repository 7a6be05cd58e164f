/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of where the control socket is: who gets which path, and that a
 * folder which is somebody else's is never used.
 */

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "base/ctlpath.h"

/* A user that nobody is, so that its folder in /tmp is ours to play with. */
#define SOMEBODY    64127
#define FOLDER      "/tmp/socks5d-64127"
#define FOLDER_PATH FOLDER "/socks5d.sock"

static int as_somebody(int (*)(void));
static int try_default(void);
static int try_make(void);
static int try_make_elsewhere(void);

ATF_TC(root);
ATF_TC_HEAD(root, tc)
{
	atf_tc_set_md_var(tc, "descr", "root's is the system's, always");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(root, tc)
{
	char path[CTL_PATH_SIZE];

	ATF_REQUIRE_EQ(0, setenv("XDG_RUNTIME_DIR", "/run/user/0", 1));
	ATF_REQUIRE_EQ(0, ctl_default_path(path, sizeof(path)));
	ATF_CHECK_STREQ(CTL_SYSTEM_PATH, path);
	ATF_REQUIRE_EQ(0, ctl_make_folder(path));
}

ATF_TC(every_size);
ATF_TC_HEAD(every_size, tc)
{
	atf_tc_set_md_var(tc, "descr", "what does not fit is an error");
}
ATF_TC_BODY(every_size, tc)
{
	char   whole[CTL_PATH_SIZE], path[CTL_PATH_SIZE + 1];
	size_t n, len;

	ATF_REQUIRE_EQ(0, setenv("XDG_RUNTIME_DIR", "/some/where", 1));
	ATF_REQUIRE_EQ(0, ctl_default_path(whole, sizeof(whole)));
	len = strlen(whole);
	for (n = 1; n < sizeof(path); n++) {
		memset(path, 0x5a, sizeof(path));
		errno = 0;
		ATF_CHECK_EQ(n > len ? 0 : -1, ctl_default_path(path, n));
		ATF_CHECK_EQ(n > len ? 0 : ENAMETOOLONG, errno);
		ATF_CHECK_EQ(0x5a, path[n]);
	}
}

ATF_TC_WITH_CLEANUP(folder);
ATF_TC_HEAD(folder, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "a folder in /tmp must be a folder, its user's, and private");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(folder, tc)
{
	struct stat st;
	char        real[4096];

	ATF_REQUIRE_EQ(0, unsetenv("XDG_RUNTIME_DIR"));
	ATF_CHECK_EQ_MSG(0, as_somebody(try_default), "not there yet");
	ATF_CHECK_EQ(-1, lstat(FOLDER, &st));
	ATF_CHECK_EQ(0, as_somebody(try_make_elsewhere));
	ATF_CHECK_EQ(-1, lstat(FOLDER, &st));
	ATF_CHECK_EQ(0, as_somebody(try_make));
	ATF_REQUIRE_EQ(0, lstat(FOLDER, &st));
	ATF_CHECK_EQ(0700, st.st_mode & 07777);
	ATF_CHECK_EQ(0, as_somebody(try_make));
	ATF_CHECK_EQ(0, as_somebody(try_default));

	ATF_REQUIRE_EQ(0, chmod(FOLDER, 0750));
	ATF_CHECK_EQ(EPERM, as_somebody(try_make));
	ATF_CHECK_EQ(EPERM, as_somebody(try_default));
	ATF_REQUIRE_EQ(0, chmod(FOLDER, 0700));
	ATF_REQUIRE_EQ(0, chown(FOLDER, SOMEBODY + 1, 0));
	ATF_CHECK_EQ(EPERM, as_somebody(try_make));
	ATF_CHECK_EQ(EPERM, as_somebody(try_default));

	ATF_REQUIRE_EQ(0, rmdir(FOLDER));
	/* Nor does a link help that leads to a folder that would do. */
	ATF_REQUIRE_EQ(0, mkdir("real", 0700));
	ATF_REQUIRE_EQ(0, chown("real", SOMEBODY, 0));
	ATF_REQUIRE(realpath("real", real) != NULL);
	ATF_REQUIRE_EQ(0, symlink(real, FOLDER));
	ATF_CHECK_EQ(EPERM, as_somebody(try_make));
	ATF_CHECK_EQ(EPERM, as_somebody(try_default));
}
ATF_TC_CLEANUP(folder, tc)
{
	(void)unlink(FOLDER);
	(void)rmdir(FOLDER);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, root);
	ATF_TP_ADD_TC(tp, every_size);
	ATF_TP_ADD_TC(tp, folder);
	return atf_no_error();
}

/* 0, or the errno with which it failed. */
static int
as_somebody(int (*what)(void))
{
	pid_t pid;
	int   status;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (setresgid(SOMEBODY, SOMEBODY, SOMEBODY) == -1 ||
		    setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == -1)
			_exit(255);
		_exit(what() == 0 ? 0 : errno);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
try_default(void)
{
	char path[CTL_PATH_SIZE];

	if (ctl_default_path(path, sizeof(path)) == -1)
		return -1;
	return strcmp(path, FOLDER_PATH) == 0 ? 0 : -1;
}

static int
try_make(void)
{
	return ctl_make_folder(FOLDER_PATH);
}

static int
try_make_elsewhere(void)
{
	return ctl_make_folder(FOLDER "0/socks5d.sock");
}
