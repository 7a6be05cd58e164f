/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The socket of socks5ctl: made here, served by the control process.
 *
 * A socket file that answers belongs to another daemon and is left alone; one
 * that does not is a leftover.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/ctlpath.h"
#include "base/log.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "compat/privilege.h"
#include "conf/conf.h"
#include "config/parse.h"
#include "parent/control_socket.h"
#include "parent/process.h"
#include "parent/state.h"

#define BACKLOG 16

static int control_path(const struct parent *, const struct conf *, char *,
    size_t);
static int control_is_same(const struct control_socket *,
    const struct control_socket *);
static int control_want(const struct parent *, const struct conf *,
    struct control_socket *, parse_report, void *);
static int control_rights(const struct conf *, struct msg_control_socket *);
static int control_listen(const struct control_socket *);
static int control_let(const struct control_socket *);
static int control_folder(const char *);
static int folder_is_ours(const char *);
static int control_in_use(const struct sockaddr_un *);
static int control_is_ours(const char *);

void
control_socket_init(struct parent *p)
{
	if ((p->control = calloc(1, sizeof(*p->control))) == NULL)
		fatalx("memory");
	p->control->fd = -1;
}

int
control_socket_open(struct parent *p, const struct conf *conf,
    struct control_socket *next, parse_report report, void *arg)
{
	char text[512];

	if (control_want(p, conf, next, report, arg) == -1)
		return -1;
	if (p->control->fd != -1 && control_is_same(p->control, next)) {
		next->fd = p->control->fd;
		return 0;
	}
	if ((next->fd = control_listen(next)) != -1)
		return 0;
	(void)snprintf(text, sizeof(text), "control socket %s: %s%s",
	    next->path,
	    errno == EADDRINUSE ? "another socks5d answers there" :
				  strerror(errno),
	    errno == EPERM && !privilege_have(PRIVILEGE_CHOWN) ?
		": setting its group needs CAP_CHOWN" :
		"");
	report(arg, text);
	return -1;
}

void
control_socket_look(const struct parent *p, const struct conf *conf,
    void (*at)(const char *, const char *))
{
	struct control_socket next;
	struct stat           st;

	if (control_path(p, conf, next.path, sizeof(next.path)) == -1)
		return;
	at("socket", next.path);
	(void)lstat(next.path, &st);
	(void)control_folder(next.path);
	at("group", conf->control_group);
	(void)control_rights(conf, &next.rights);
}

/* By its own path or another one, as through a link to its folder. */
static int
control_is_same(const struct control_socket *a, const struct control_socket *b)
{
	struct stat sa, sb;

	if (strcmp(a->path, b->path) == 0)
		return 1;
	return lstat(a->path, &sa) == 0 && lstat(b->path, &sb) == 0 &&
	    sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static int
control_want(const struct parent *p, const struct conf *conf,
    struct control_socket *next, parse_report report, void *arg)
{
	char text[512];

	next->fd = -1;
	if (control_path(p, conf, next->path, sizeof(next->path)) == -1) {
		(void)snprintf(text, sizeof(text), "control socket: %s",
		    strerror(errno));
		report(arg, text);
		return -1;
	}
	if (control_rights(conf, &next->rights) == -1) {
		(void)snprintf(text, sizeof(text),
		    "control group %s: no such group", conf->control_group);
		report(arg, text);
		return -1;
	}
	if (next->rights.has_gid && control_folder(next->path) == -1) {
		(void)snprintf(text, sizeof(text),
		    "control group %s: %s: "
		    "the directory belongs to another user, or is writable by "
		    "others: it, and each directory above, must belong to root "
		    "or the daemon's user, with chmod go-w or +t",
		    conf->control_group, next->path);
		report(arg, text);
		return -1;
	}
	return 0;
}

void
control_socket_commit(struct parent *p, const struct control_socket *next)
{
	if (p->control->fd != next->fd)
		control_socket_close(p->control);
	else if (memcmp(&next->rights, &p->control->rights,
		     sizeof(next->rights)) != 0 &&
	    control_let(next) == -1)
		log_errno("control socket %s: owner and mode", next->path);
	*p->control = *next;
}

void
control_socket_abort(const struct parent *p, struct control_socket *next)
{
	if (next->fd != p->control->fd)
		control_socket_close(next);
	next->fd = -1;
}

static int
control_path(const struct parent *p, const struct conf *conf, char *path,
    size_t size)
{
	const char *want;

	want = p->opt.socket != NULL ? p->opt.socket : conf->control;
	if (want[0] != '\0') {
		if (strlcpy(path, want, size) < size)
			return 0;
		errno = ENAMETOOLONG;
		return -1;
	}
	if (ctl_default_path(path, size) == -1)
		return -1;
	return ctl_make_folder(path);
}

static int
control_rights(const struct conf *conf, struct msg_control_socket *rights)
{
	const struct group *gr;

	memset(rights, 0, sizeof(*rights));
	rights->uid = getuid();
	rights->gid = (uint32_t)-1;
	if (conf->control_group[0] == '\0')
		return 0;
	if ((gr = getgrnam(conf->control_group)) == NULL)
		return -1;
	rights->gid = gr->gr_gid;
	rights->has_gid = 1;
	return 0;
}

static int
control_listen(const struct control_socket *next)
{
	struct sockaddr_un sun;
	mode_t             old;
	int                fd, ret, save;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, next->path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (control_in_use(&sun)) {
		errno = EADDRINUSE;
		return -1;
	}
	if (control_is_ours(next->path) == -1 ||
	    (unlink(next->path) == -1 && errno != ENOENT))
		return -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	/* Nobody but us until owner and group are right. */
	old = umask(0177);
	ret = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	(void)umask(old);
	if (ret == 0 && (next->rights.has_gid == 0 || control_let(next) == 0) &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	save = errno;
	(void)close(fd);
	if (ret == 0)
		(void)unlink(next->path);
	errno = save;
	return -1;
}

/*
 * These go by the name, as there is no other way to the file of a socket.  No
 * link is followed, and nobody else can put another file under it: see
 * control_folder().
 */
static int
control_let(const struct control_socket *s)
{
	gid_t gid = s->rights.has_gid ? s->rights.gid : getgid();

	if (fchmodat(AT_FDCWD, s->path, 0600, AT_SYMLINK_NOFOLLOW) == -1 ||
	    lchown(s->path, (uid_t)-1, gid) == -1)
		return -1;
	return s->rights.has_gid == 0 ?
	    0 :
	    fchmodat(AT_FDCWD, s->path, 0660, AT_SYMLINK_NOFOLLOW);
}

/* Its folder and all above it: what is in them is there by our will. */
static int
control_folder(const char *path)
{
	char folder[PATH_MAX], whole[PATH_MAX], *slash;

	if (strlcpy(folder, path, sizeof(folder)) >= sizeof(folder))
		return -1;
	if ((slash = strrchr(folder, '/')) == NULL)
		(void)strlcpy(folder, ".", sizeof(folder));
	else
		slash[slash == folder] = '\0';
	/* Then bind(2) says so. */
	if (realpath(folder, whole) == NULL)
		return 0;
	for (;;) {
		if (folder_is_ours(whole) == 0)
			return -1;
		if ((slash = strrchr(whole, '/')) == NULL || slash[1] == '\0')
			return 0;
		slash[slash == whole] = '\0';
	}
}

/* In one that is sticky nobody renames or removes what is not his own. */
static int
folder_is_ours(const char *folder)
{
	struct stat st;

	if (stat(folder, &st) == -1 ||
	    (st.st_uid != 0 && st.st_uid != geteuid()))
		return 0;
	return (st.st_mode & S_ISVTX) != 0 ||
	    ((st.st_mode & S_IWOTH) == 0 &&
		((st.st_mode & S_IWGRP) == 0 || st.st_gid == 0));
}

/* A leftover socket may go; anything else was put there for a reason. */
static int
control_is_ours(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0 : -1;
	if (S_ISSOCK(st.st_mode))
		return 0;
	errno = EEXIST;
	return -1;
}

static int
control_in_use(const struct sockaddr_un *sun)
{
	int fd, ret;

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return 0;
	ret = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	/* A full backlog answers too. */
	if (ret == -1 && errno == EAGAIN)
		ret = 0;
	(void)close(fd);
	return ret == 0;
}

void
control_socket_send(struct process *control)
{
	const struct parent *p = control->parent;
	uint8_t              data[CONTROL_SOCKET_LEN];
	struct wbuf          b;
	int                  fd;

	if (p->control->fd == -1 ||
	    (fd = fcntl(p->control->fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return;
	wbuf_init(&b, data, sizeof(data));
	msg_put_control_socket(&b, &p->control->rights);
	process_send(control, MSG_CONTROL_SOCKET, 0, &b, fd);
}

void
control_socket_close(struct control_socket *s)
{
	if (s->fd == -1)
		return;
	(void)unlink(s->path);
	(void)close(s->fd);
	s->fd = -1;
}
