/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * Changes of the file of users while the daemon runs: asked for by socks5ctl,
 * made here.
 *
 * Linked by the parent alone.  The new file lies beside the old one until auth
 * has read it and taken it over; only then it gets the name of the old one, so
 * that nothing that auth refuses is ever in force, nor in the way of a start.
 * For a moment the parent has hashes in its memory, and wipes them.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "config/file.h"
#include "config/userfile.h"
#include "parent/state.h"

/* Auth is ended if it does not say in this time whether it takes a file. */
#define EDIT_TIMEOUT_S	5

/* Behind the name of the file; one that was left over is replaced. */
#define NEW_SUFFIX	".socks5d-new"

static const char *const did[USER_OP_MAX] = {
	[USER_ADD] =		"added",
	[USER_PASSWD] =		"has a new password",
	[USER_DELETE] =		"deleted",
	[USER_DISABLE] =	"disabled",
	[USER_ENABLE] =		"enabled"
};

static const char	*edit_begin(struct parent *,
			    const struct msg_user_edit *, char *);
static const char	*edit_text(struct parent *,
			    const struct msg_user_edit *, char **, size_t *,
			    struct stat *, char *);
static char		*edit_read(int, const struct stat *);
static const char	*edit_write(struct user_edit *, const char *, size_t,
			    const struct stat *);
static const char	*edit_fill(int, const char *, size_t,
			    const struct stat *);
static const char	*edit_send(struct parent *);
static void		 edit_lines(struct parent *, char *);
static const char	*edit_rename(struct user_edit *);
static void		 edit_end(struct parent *, enum result, const char *);
static void		 edit_timeout_cb(evutil_socket_t, short, void *);

void
user_edit_start(struct parent *p, uint64_t id, const struct msg_user_edit *e)
{
	struct user_edit	*u = &p->user_edit;
	const char		*why = NULL;
	char			 name[LOGIN_NAME_SIZE];
	char			 text[MSG_TEXT_SIZE];

	if (u->active) {
		user_edit_answer(p, id, RESULT_REFUSED,
		    "another change of a user is under way");
		return;
	}
	if (p->stopping)
		why = "the daemon is stopping";
	else if (p->reload.active)
		why = "a reload is under way";
	else if (p->conf->users[0] == '\0')
		why = "the config names no file of users";
	if (why != NULL) {
		user_edit_answer(p, id, RESULT_REFUSED, why);
		return;
	}
	u->active = 1;
	u->id = id;
	u->fd = -1;
	u->new[0] = '\0';
	(void)snprintf(u->done, sizeof(u->done), "user %s: %s",
	    log_escape(name, sizeof(name), e->name, strlen(e->name)),
	    did[e->op]);
	if ((why = edit_begin(p, e, text)) != NULL)
		edit_end(p, RESULT_REFUSED, why);
}

/* Up to the question to auth.  What is wrong may be in text. */
static const char *
edit_begin(struct parent *p, const struct msg_user_edit *e, char *text)
{
	struct user_edit	*u = &p->user_edit;
	struct stat		 st;
	const char		*why;
	char			*new;
	size_t			 len;

	if ((why = edit_text(p, e, &new, &len, &st, text)) != NULL)
		return why;
	why = edit_write(u, new, len, &st);
	freezero(new, len);
	if (why != NULL) {
		(void)snprintf(text, MSG_TEXT_SIZE, "%.1023s: %s", u->path,
		    why);
		return text;
	}
	return edit_send(p);
}

/*
 * The file as it is now, which somebody may have changed by hand since it was
 * read, with the change in it.
 */
static const char *
edit_text(struct parent *p, const struct msg_user_edit *e, char **new,
    size_t *newlen, struct stat *st, char *text)
{
	struct user_edit	*u = &p->user_edit;
	enum userfile_edit	 result;
	const char		*why;
	char			*old = NULL;
	int			 fd;

	/* A link to the file stays one. */
	if (realpath(p->conf->users, u->path) == NULL)
		(void)strlcpy(u->path, p->conf->users, sizeof(u->path));
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
	result = userfile_edit(old, (size_t)st->st_size, e, new, newlen, text);
	freezero(old, (size_t)st->st_size + 1);
	switch (result) {
	case USERFILE_EDITED:
		return NULL;
	case USERFILE_EDIT_REFUSED:
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
	size_t	 size = (size_t)st->st_size, len = 0;
	ssize_t	 n = 1;
	char	*text;

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
edit_write(struct user_edit *u, const char *text, size_t len,
    const struct stat *st)
{
	const char	*why;
	char		 new[sizeof(u->new)];
	int		 fd;

	if ((size_t)snprintf(new, sizeof(new), "%s%s", u->path, NEW_SUFFIX) >=
	    sizeof(new))
		return strerror(ENAMETOOLONG);
	(void)unlink(new);
	if ((fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) == -1)
		return strerror(errno);
	(void)strlcpy(u->new, new, sizeof(u->new));
	why = edit_fill(fd, text, len, st);
	if (close(fd) == -1 && why == NULL)
		why = strerror(errno);
	/* Auth is to read, and no more. */
	if (why == NULL && (u->fd = open(new, O_RDONLY | O_NOFOLLOW |
	    O_CLOEXEC)) == -1)
		why = strerror(errno);
	return why;
}

static const char *
edit_fill(int fd, const char *text, size_t len, const struct stat *st)
{
	ssize_t	n;

	while (len > 0) {
		n = write(fd, text, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return strerror(errno);
		text += n;
		len -= (size_t)n;
	}
	/* The owner first: changing it may take bits of the mode away. */
	if (fchown(fd, st->st_uid, st->st_gid) == -1 ||
	    fchmod(fd, st->st_mode & 0777) == -1 || fsync(fd) == -1)
		return strerror(errno);
	return NULL;
}

static const char *
edit_send(struct parent *p)
{
	struct timeval		 tv = { EDIT_TIMEOUT_S, 0 };
	struct user_edit	*u = &p->user_edit;
	struct process		*auth = process_find(p, PROC_AUTH, 0);
	uint8_t			 data[CONF_PATH_SIZE + 8];
	struct wbuf		 b;
	int			 fd;

	if (auth == NULL || auth->state != CHILD_RUNNING)
		return "auth is not running";
	if (u->timeout == NULL && (u->timeout = evtimer_new(p->base,
	    edit_timeout_cb, p)) == NULL)
		return "out of memory";
	if ((fd = fcntl(u->fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return strerror(errno);
	(void)event_add(u->timeout, &tv);
	wbuf_init(&b, data, sizeof(data));
	msg_put_text(&b, p->conf->users);
	process_send(auth, MSG_USERS_SET, ++u->asked, &b, fd);
	return NULL;
}

/* What auth says: the new file is in force there, or what is wrong in it. */
void
user_edit_taken(struct parent *p, uint64_t asked, struct msg_result *res)
{
	struct user_edit	*u = &p->user_edit;
	const char		*why;

	if (u->active == 0 || asked != u->asked || u->fd == -1)
		return;
	if (res->result != RESULT_OK) {
		edit_lines(p, res->text);
		edit_end(p, RESULT_REFUSED, "the file of users stays as it is");
		return;
	}
	if ((why = edit_rename(u)) != NULL) {
		/* It starts with the file that is still in force. */
		process_kill(process_find(p, PROC_AUTH, 0));
		edit_end(p, RESULT_REFUSED, why);
		return;
	}
	(void)close(p->conf->users_fd);
	p->conf->users_fd = u->fd;
	u->fd = -1;
	edit_end(p, RESULT_OK, u->done);
}

static void
edit_lines(struct parent *p, char *text)
{
	char	*line;

	while ((line = strsep(&text, "\n")) != NULL) {
		log_error("%s", line);
		user_edit_answer(p, p->user_edit.id, RESULT_MORE, line);
	}
}

static const char *
edit_rename(struct user_edit *u)
{
	char	*slash;
	int	 fd;

	if (rename(u->new, u->path) == -1)
		return strerror(errno);
	u->new[0] = '\0';
	/* It is there already; this is about a loss of power. */
	if ((slash = strrchr(u->path, '/')) == NULL)
		return NULL;
	slash[slash == u->path] = '\0';
	if ((fd = open(u->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    fsync(fd) == -1)
		log_warn_errno("users: %s: not on the disk yet", u->path);
	if (fd != -1)
		(void)close(fd);
	return NULL;
}

void
user_edit_failed(struct parent *p, const char *why)
{
	if (p->user_edit.active)
		edit_end(p, RESULT_REFUSED, why);
}

/* Whoever waited for the end of the change goes on. */
static void
edit_end(struct parent *p, enum result result, const char *text)
{
	struct user_edit	*u = &p->user_edit;

	if (u->timeout != NULL)
		(void)event_del(u->timeout);
	if (u->new[0] != '\0')
		(void)unlink(u->new);
	if (u->fd != -1)
		(void)close(u->fd);
	u->fd = -1;
	u->active = 0;
	if (result == RESULT_OK)
		log_info("%s", text);
	else
		log_warn("no change of a user: %s", text);
	user_edit_answer(p, u->id, result, text);
	if (u->reload) {
		u->reload = 0;
		reload_start(p, u->reload_asked, u->reload_id);
	}
}

void
user_edit_answer(struct parent *p, uint64_t id, enum result result,
    const char *text)
{
	uint8_t		data[MSG_TEXT_SIZE + 16];
	struct wbuf	b;

	wbuf_init(&b, data, sizeof(data));
	msg_put_result(&b, result, text);
	process_send(process_find(p, PROC_CONTROL, 0), MSG_USER_RES, id, &b,
	    -1);
}

int
user_edit_delays(struct parent *p, int asked, uint64_t id)
{
	struct user_edit	*u = &p->user_edit;

	if (u->active == 0)
		return 0;
	/* One for all; who asked is told, and is the only one to ask. */
	if (asked || u->reload == 0) {
		u->reload_asked = asked;
		u->reload_id = id;
	}
	u->reload = 1;
	return 1;
}

/* Which file it has is not known: it starts again with the old one. */
static void
edit_timeout_cb(evutil_socket_t fd, short what, void *arg)
{
	struct parent	*p = arg;

	process_kill(process_find(p, PROC_AUTH, 0));
	edit_end(p, RESULT_REFUSED, "auth did not answer in time");
}
