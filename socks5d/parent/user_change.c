/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Changes of the file of users while the daemon runs: asked for by socks5ctl,
 * made here.
 *
 * The new file lies beside the old one until auth has read it and taken it
 * over; only then it gets the name of the old one, so that nothing that auth
 * refuses is ever in force, nor in the way of a start.  What is done to files
 * is done by a process of its own, see writer.h: a disk that hangs ends the
 * change and nothing else, and the hashes of all users are never in the memory
 * of the parent.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/login.h"
#include "base/msg.h"
#include "base/msg_codec.h"
#include "base/msg_login.h"
#include "base/proc.h"
#include "compat/mounted.h"
#include "conf/conf.h"
#include "config/file.h"
#include "parent/change.h"
#include "parent/process.h"
#include "parent/state.h"
#include "parent/user_change.h"
#include "parent/writer.h"
#include "users/userfile.h"

/* Auth is ended if it does not say in this time whether it takes a file. */
#define EDIT_TIMEOUT_S 5

/*
 * A disk that needs longer for one of the steps hangs.  All of them together
 * are shorter than what control gives a change.
 */
#define DISK_S 5

/* Behind the name of the file; one that was left over is replaced. */
#define NEW_SUFFIX ".socks5d-new"

/* Changes that wait for their turn; as many as control serves. */
#define WAITING_MAX 32

struct user_wish {
	struct change        change;
	struct msg_user_edit what; /* until it is being written */
};

/* How far a change of the file of users has come. */
enum user_change_step {
	USER_CHANGE_NONE,
	USER_CHANGE_WRITES, /* the new file */
	USER_CHANGE_ASKS,   /* auth */
	USER_CHANGE_RENAMES,
	USER_CHANGE_REMOVES, /* it has failed */
};

/* A change of the file of users, from socks5ctl's wish to the end. */
struct user_change {
	enum user_change_step step;
	struct writer         writer;
	struct user_wish     *wish;   /* what it is for */
	uint64_t              asked;  /* of the question to auth */
	int                   fd;     /* the new file, for reading */
	struct conf_stat      stat;   /* of it: device and inode */
	int                   unsure; /* which one has the name */
	char                  path[PATH_MAX];
	char new[PATH_MAX]; /* its name until then, or "" */
	char          done[LOGIN_NAME_SIZE + 32]; /* for the log */
	char          why[MSG_TEXT_SIZE];         /* it has failed, or "" */
	uint32_t      starts; /* of auth, when that took it */
	struct event *timeout;
};

static const char *const did[USER_OP_MAX] = {
	[USER_ADD] = "added",
	[USER_PASSWD] = "has a new password",
	[USER_DELETE] = "deleted",
	[USER_DISABLE] = "disabled",
	[USER_ENABLE] = "enabled",
	[USER_SET] = "changed",
};

static void        wish_free(struct parent *, struct change *);
static void        edit_begin(struct parent *, struct change *);
static void        edit_written(void *, struct writer_result *);
static const char *edit_send(struct parent *);
static void        edit_lines(struct parent *, char *);
static void        edit_renamed(void *, struct writer_result *);
static void        edit_take(struct parent *, const char *);
static void        edit_look(struct parent *, const char *);
static void        edit_abandon(struct parent *, const char *);
static void        edit_removed(void *, struct writer_result *);
static void        edit_end(struct parent *, enum result, const char *);
static void        edit_timeout_cb(evutil_socket_t, short, void *);
static void        edit_write(void *, struct writer_result *);
static const char *edit_text(struct parent *, char **, size_t *, struct stat *,
    struct writer_result *);
static char       *edit_read(int, const struct stat *);
static const char *edit_put(struct user_change *, const char *, size_t,
    const struct stat *, struct writer_result *);
static const char *edit_fill(int, const char *, size_t, const struct stat *);
static void        edit_rename(void *, struct writer_result *);
static void        edit_remove(void *, struct writer_result *);
static void        edit_path(struct parent *);

static const struct change_ops ops = { "user change", MSG_USER_RES, WAITING_MAX,
	"too many user changes are "
	"under way",
	edit_begin, NULL, NULL, wish_free };

void
user_change_init(struct parent *p)
{
	if ((p->user_change = calloc(1, sizeof(*p->user_change))) == NULL)
		fatalx("memory");
	p->user_change->fd = -1;
	if (writer_init(p, &p->user_change->writer) == -1)
		fatalx("memory");
}

void
user_change_start(struct parent *p, uint64_t id, const struct msg_user_edit *e)
{
	struct user_wish *w;
	const char       *why;
	char              text[128];

	if ((why = changes_refuse(p->changes, &ops)) != NULL ||
	    (w = malloc(sizeof(*w))) == NULL) {
		change_answer(p->changes, &ops, id, RESULT_REFUSED,
		    why != NULL ? why : "out of memory");
		return;
	}
	change_init(&w->change, &ops);
	(void)askers_add(&w->change.askers, id, 0);
	w->what = *e;
	if ((why = changes_add(p->changes, &w->change)) == NULL)
		return;
	(void)snprintf(text, sizeof(text), "waiting: %s", why);
	change_say(p->changes, &w->change, RESULT_MORE, text);
}

static void
wish_free(struct parent *p, struct change *c)
{
	freezero(c, sizeof(struct user_wish));
}

static void
edit_begin(struct parent *p, struct change *c)
{
	struct user_change *u = p->user_change;
	struct user_wish   *w = (struct user_wish *)c;
	char                name[LOGIN_NAME_SIZE];

	if (p->conf->users[0] == '\0') {
		change_end(p->changes, c, RESULT_REFUSED,
		    "no users file is configured");
		return;
	}
	u->step = USER_CHANGE_WRITES;
	u->wish = w;
	u->fd = -1;
	u->new[0] = u->why[0] = '\0';
	u->unsure = 0;
	(void)snprintf(u->done, sizeof(u->done), "user %s: %s",
	    log_escape(name, sizeof(name), w->what.name, strlen(w->what.name)),
	    did[w->what.op]);
	if (writer_start(&u->writer, DISK_S, edit_write, edit_written, p) == -1)
		edit_end(p, RESULT_REFUSED,
		    errno == EBUSY ? "the disk has not answered so far" :
				     strerror(errno));
	else
		explicit_bzero(&w->what, sizeof(w->what));
}

/* Up to the question to auth, or no further if there is nothing to change. */
static void
edit_written(void *arg, struct writer_result *res)
{
	struct parent      *p = arg;
	struct user_change *u = p->user_change;
	const char         *why;

	if (res->died) {
		edit_abandon(p, res->text);
		return;
	}
	if (res->failed || (res->fd == -1 && !res->nothing)) {
		edit_end(p, RESULT_REFUSED, res->text);
		return;
	}
	if (res->nothing) {
		edit_end(p, RESULT_OK, res->text);
		return;
	}
	u->fd = res->fd;
	u->stat = res->stat;
	(void)strlcpy(u->path, res->text, sizeof(u->path));
	(void)strlcpy(u->new, res->text, sizeof(u->new));
	(void)strlcat(u->new, NEW_SUFFIX, sizeof(u->new));
	if (u->why[0] != '\0')
		edit_abandon(p, u->why);
	else if ((why = edit_send(p)) != NULL)
		edit_abandon(p, why);
}

static const char *
edit_send(struct parent *p)
{
	struct timeval      tv = { EDIT_TIMEOUT_S, 0 };
	struct user_change *u = p->user_change;
	struct process     *auth = process_find(p, PROC_AUTH, 0);
	uint8_t             data[CONF_PATH_SIZE + 8];
	struct wbuf         b;
	int                 fd;

	if (auth == NULL || auth->state != CHILD_RUNNING)
		return "auth is not running";
	if (u->timeout == NULL &&
	    (u->timeout = evtimer_new(p->base, edit_timeout_cb, p)) == NULL)
		return "out of memory";
	if ((fd = fcntl(u->fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return strerror(errno);
	u->step = USER_CHANGE_ASKS;
	(void)event_add(u->timeout, &tv);
	wbuf_init(&b, data, sizeof(data));
	msg_put_text(&b, p->conf->users);
	process_send(auth, MSG_USERS_SET, ++u->asked, &b, fd);
	return NULL;
}

/* What auth says: the new file is in force there, or what is wrong in it. */
void
user_change_taken(struct parent *p, uint64_t asked, struct msg_result *res)
{
	struct user_change *u = p->user_change;
	struct process     *auth = process_find(p, PROC_AUTH, 0);

	if (u->step != USER_CHANGE_ASKS || asked != u->asked)
		return;
	(void)event_del(u->timeout);
	if (res->result != RESULT_OK) {
		edit_lines(p, res->text);
		edit_abandon(p, "the users file is unchanged");
		return;
	}
	u->step = USER_CHANGE_RENAMES;
	u->starts = auth->starts;
	if (writer_start(&u->writer, DISK_S, edit_rename, edit_renamed, p) ==
	    -1) {
		process_kill(auth);
		edit_abandon(p, strerror(errno));
	}
}

static void
edit_lines(struct parent *p, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		log_error("%s", line);
		change_say(p->changes, &p->user_change->wish->change,
		    RESULT_MORE, line);
	}
}

static void
edit_renamed(void *arg, struct writer_result *res)
{
	struct parent *p = arg;

	if (res->died)
		edit_look(p, res->text);
	else if (res->failed) {
		/* It starts with the file that is still in force. */
		process_kill(process_find(p, PROC_AUTH, 0));
		edit_abandon(p, res->text);
	} else
		edit_take(p, res->text);
}

/* It has the name of the old one. */
static void
edit_take(struct parent *p, const char *but)
{
	struct user_change *u = p->user_change;
	struct process     *auth = process_find(p, PROC_AUTH, 0);

	if (but[0] != '\0')
		log_warn("users: %s: not yet written to disk: %s", u->path,
		    but);
	u->new[0] = '\0';
	(void)close(p->conf->users_fd);
	p->conf->users_fd = u->fd;
	u->fd = -1;
	/* One that was started meanwhile has the old file. */
	if (auth->starts != u->starts)
		process_kill(auth);
	edit_end(p, RESULT_OK, u->done);
}

/* It has that name or not; as long as this is not known auth goes on. */
static void
edit_look(struct parent *p, const char *why)
{
	p->user_change->unsure = 1;
	edit_abandon(p, why);
}

void
user_change_auth_down(struct process *auth, const char *why)
{
	static const char   died[] = "auth died meanwhile";
	struct parent      *p = auth->parent;
	struct user_change *u = p->user_change;

	switch (u->step) {
	case USER_CHANGE_NONE:
	case USER_CHANGE_RENAMES:
	case USER_CHANGE_REMOVES:
		break;
	case USER_CHANGE_WRITES:
		(void)strlcpy(u->why, died, sizeof(u->why));
		break;
	case USER_CHANGE_ASKS:
		edit_abandon(p, died);
		break;
	}
}

/* It failed: first the new file goes. */
static void
edit_abandon(struct parent *p, const char *why)
{
	struct user_change *u = p->user_change;

	if (why != u->why)
		(void)strlcpy(u->why, why, sizeof(u->why));
	if (u->timeout != NULL)
		(void)event_del(u->timeout);
	u->step = USER_CHANGE_REMOVES;
	if (writer_start(&u->writer, DISK_S, edit_remove, edit_removed, p) == 0)
		return;
	if (u->unsure)
		process_kill(process_find(p, PROC_AUTH, 0));
	edit_end(p, RESULT_REFUSED, u->why);
}

static void
edit_removed(void *arg, struct writer_result *res)
{
	struct parent      *p = arg;
	struct user_change *u = p->user_change;

	if (u->unsure && res->failed == 0 && res->text[0] != '\0') {
		edit_take(p, u->why);
		return;
	}
	if (u->unsure)
		process_kill(process_find(p, PROC_AUTH, 0));
	edit_end(p, RESULT_REFUSED, u->why);
}

static void
edit_end(struct parent *p, enum result result, const char *text)
{
	struct user_change *u = p->user_change;

	if (u->fd != -1)
		(void)close(u->fd);
	u->fd = -1;
	u->step = USER_CHANGE_NONE;
	if (result == RESULT_OK)
		log_info("%s", text);
	else
		log_warn("user change failed: %s", text);
	change_end(p->changes, &u->wish->change, result, text);
}

/* Which file it has is not known: it starts again with the old one. */
static void
edit_timeout_cb(evutil_socket_t fd, short what, void *arg)
{
	struct parent *p = arg;

	process_kill(process_find(p, PROC_AUTH, 0));
	edit_abandon(p, "auth did not answer in time");
}

/* --- in the process that writes ----------------------------------------- */

static void
edit_write(void *arg, struct writer_result *res)
{
	struct parent      *p = arg;
	struct user_change *u = p->user_change;
	struct stat         st;
	const char         *why;
	char *new = NULL;
	size_t len;

	if ((why = edit_text(p, &new, &len, &st, res)) != NULL) {
		res->failed = 1;
		if (why != res->text)
			writer_failed(res, why);
		return;
	}
	if (new == NULL) {
		res->nothing = 1;
		return;
	}
	why = edit_put(u, new, len, &st, res);
	freezero(new, len);
	if (why == NULL) {
		(void)strlcpy(res->text, u->path, sizeof(res->text));
		return;
	}
	if (u->new[0] != '\0')
		(void)unlink(u->new);
	res->failed = 1;
	(void)snprintf(res->text, sizeof(res->text), "%.1023s: %s", u->path,
	    why);
}

/*
 * The file as it is now, which somebody may have changed by hand since it was
 * read, with the change in it; no new one if it is so already.  What is wrong
 * may be in the result's text; if that is the change, nothing is to be written.
 */
static const char *
edit_text(struct parent *p, char **new, size_t *newlen, struct stat *st,
    struct writer_result *res)
{
	struct user_change *u = p->user_change;
	enum userfile_edit  result;
	const char         *why;
	char               *old = NULL, name[4 * LOGIN_NAME_SIZE];
	char               *text = res->text;
	int                 fd;

	edit_path(p);
	if ((fd = file_open(u->path, FILE_SECRET, st, &why)) != -1) {
		if ((old = edit_read(fd, st)) == NULL)
			why = strerror(errno);
		(void)close(fd);
	}
	if (old == NULL) {
		(void)snprintf(text, MSG_TEXT_SIZE, "%.1023s: %s", u->path,
		    why);
		return text;
	}
	result = userfile_edit(old, (size_t)st->st_size, &u->wish->what, new,
	    newlen, text);
	freezero(old, (size_t)st->st_size + 1);
	switch (result) {
	case USERFILE_EDITED:
		return NULL;
	case USERFILE_EDIT_NOTHING:
		(void)snprintf(text, MSG_TEXT_SIZE, "user %s: unchanged",
		    log_escape(name, sizeof(name), u->wish->what.name,
			strlen(u->wish->what.name)));
		return NULL;
	case USERFILE_EDIT_REFUSED:
		res->nothing = 1;
		return text;
	case USERFILE_EDIT_MEMORY:
		break;
	}
	return "out of memory";
}

/* As long as it was said to be: a file of another length is being written. */
static char *
edit_read(int fd, const struct stat *st)
{
	size_t  size = (size_t)st->st_size, len = 0;
	ssize_t n = 1;
	char   *text;

	if ((text = malloc(size + 1)) == NULL)
		return NULL;
	while (len <= size && n != 0) {
		n = pread(fd, text + len, size + 1 - len, (off_t)len);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			freezero(text, size + 1);
			return NULL;
		}
		len += (size_t)n;
	}
	if (len != size) {
		freezero(text, size + 1);
		errno = EBUSY;
		return NULL;
	}
	return text;
}

/* Beside the old one, with its owner and mode, and safe on the disk. */
static const char *
edit_put(struct user_change *u, const char *text, size_t len,
    const struct stat *st, struct writer_result *res)
{
	struct stat is;
	const char *why;
	char new[sizeof(u->new)];
	int fd;

	if (snprintf(new, sizeof(new), "%s%s", u->path, NEW_SUFFIX) >=
	    (int)sizeof(res->text))
		return strerror(ENAMETOOLONG);
	/* Before auth is asked: it would be too late when it is renamed. */
	if (mounted_file(u->path))
		return writer_why(EBUSY);
	(void)unlink(new);
	if ((fd = open(new,
		 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) ==
	    -1)
		return writer_why(errno);
	(void)strlcpy(u->new, new, sizeof(u->new));
	why = edit_fill(fd, text, len, st);
	if (why == NULL && fstat(fd, &is) == -1)
		why = strerror(errno);
	if (why == NULL) {
		res->stat.dev = is.st_dev;
		res->stat.ino = is.st_ino;
	}
	if (close(fd) == -1 && why == NULL)
		why = writer_why(errno);
	/* Auth is to read, and no more. */
	if (why == NULL &&
	    (res->fd = open(new, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) == -1)
		why = strerror(errno);
	return why;
}

static const char *
edit_fill(int fd, const char *text, size_t len, const struct stat *st)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, text, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return writer_why(errno);
		text += n;
		len -= (size_t)n;
	}
	/* The owner first: changing it may take bits of the mode away. */
	if (fchown(fd, st->st_uid, st->st_gid) == -1 ||
	    fchmod(fd, st->st_mode & 0777) == -1 || fsync(fd) == -1)
		return writer_why(errno);
	return NULL;
}

static void
edit_rename(void *arg, struct writer_result *res)
{
	struct parent      *p = arg;
	struct user_change *u = p->user_change;
	char               *slash;
	int                 fd;

	if (rename(u->new, u->path) == -1) {
		res->failed = 1;
		(void)snprintf(res->text, sizeof(res->text), "%.1023s: %s",
		    u->path, writer_why(errno));
		return;
	}
	/* It is there already; this is about a loss of power. */
	if ((slash = strrchr(u->path, '/')) == NULL)
		return;
	slash[slash == u->path] = '\0';
	if ((fd = open(u->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    fsync(fd) == -1)
		(void)strlcpy(res->text, strerror(errno), sizeof(res->text));
}

static void
edit_remove(void *arg, struct writer_result *res)
{
	struct parent      *p = arg;
	struct user_change *u = p->user_change;
	struct stat         st;

	/* What was written by one that died has not got its name so far. */
	edit_path(p);
	(void)strlcpy(u->new, u->path, sizeof(u->new));
	(void)strlcat(u->new, NEW_SUFFIX, sizeof(u->new));
	if (unlink(u->new) == -1 && errno != ENOENT)
		writer_failed(res, NULL);
	else if (u->unsure && lstat(u->path, &st) == 0 &&
	    st.st_dev == u->stat.dev && st.st_ino == u->stat.ino)
		(void)strlcpy(res->text, "in place", sizeof(res->text));
}

/* A link to the file stays one. */
static void
edit_path(struct parent *p)
{
	if (realpath(p->conf->users, p->user_change->path) == NULL)
		(void)strlcpy(p->user_change->path, p->conf->users,
		    sizeof(p->user_change->path));
}
