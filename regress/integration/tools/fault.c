/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A daemon whose system calls and memory fail when a test says so.
 *
 * The test links the daemon's own objects once more, with this file put
 * between them and libc (ld's --wrap), so that nothing in the daemon knows of
 * it.  What fails is written by the test, at any time, into the file "faults"
 * in the folder where the daemon was started; each child of which there is one,
 * and the first relay, has a page of it in its memory.  Counts of what was
 * called are there too.  See fault.py, which knows the same layout.
 *
 * A failure here is one that the kernel could have had as well.  To whom waits
 * for the next edge of epoll, it owes one after EAGAIN or a short count; so the
 * descriptor is armed once more then.
 */

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/child.h"

#define FDS 32768

/* The rows of a role's page; the same in fault.py. */
enum call {
	CALL_ALLOC,
	CALL_READ,
	CALL_WRITE, /* to a session's socket */
	CALL_TELL,  /* to a channel, by write(2) too */
	CALL_SPLICE,
	CALL_RECVMSG,
	CALL_SENDMSG,
	CALL_ACCEPT,
	CALL_SOCKET,
	CALL_CONNECT,
	CALL_EPOLL_ADD,
	CALL_EPOLL_WAIT,
	CALL_PIPE,
	CALL_DAYTIME, /* most: seconds that it is ahead */
	CALL_FSYNC,   /* of the parent, as the next */
	CALL_RENAME,
	CALL_OPEN, /* of files in a folder named SLOW */
	CALL_GETGRNAM,
	CALL_UPTIME, /* most: seconds that seem to have passed */
	CALL_DUP,    /* fcntl(2) */
	CALL_BIND,
	CALL_RECVMMSG,
	CALL_MAX,
};

/* In place of an error: the call does not come back. */
#define HANGS 9999

/* The disk that hangs or fails. */
#define SLOW "/slow/"

/* All 64 bits wide, so that either side writes them at once. */
struct row {
	uint64_t calls; /* so many were there */
	uint64_t skip;  /* so many of them go well */
	uint64_t times; /* then so many fail, */
	uint64_t every; /*   each of so many */
	uint64_t error; /* this way; 0: only so */
	uint64_t most;  /*   many bytes are done */
	uint64_t hits;  /* so many did */
	uint64_t alive; /* pieces of memory in use */
};

static struct row        *page; /* NULL: nothing fails */
static int                is_child;
static int                epoll_of[FDS];
static struct epoll_event armed[FDS]; /* as epoll was told last */

void          __real_child_begin(struct child *, enum proc_id);
void         *__real_malloc(size_t);
void         *__real_calloc(size_t, size_t);
void         *__real_realloc(void *, size_t);
void         *__real_recallocarray(void *, size_t, size_t, size_t);
char         *__real_strdup(const char *);
void          __real_free(void *);
ssize_t       __real_read(int, void *, size_t);
ssize_t       __real_write(int, const void *, size_t);
ssize_t       __real_splice(int, off_t *, int, off_t *, size_t, unsigned int);
ssize_t       __real_recvmsg(int, struct msghdr *, int);
ssize_t       __real_sendmsg(int, const struct msghdr *, int);
int           __real_accept4(int, struct sockaddr *, socklen_t *, int);
int           __real_socket(int, int, int);
int           __real_connect(int, const struct sockaddr *, socklen_t);
int           __real_epoll_wait(int, struct epoll_event *, int, int);
int           __real_pipe2(int *, int);
int           __real_fcntl(int, int, ...);
int           __real_bind(int, const struct sockaddr *, socklen_t);
int           __real_recvmmsg(int, struct mmsghdr *, unsigned int, int,
	      struct timespec *);
int           __real_gettimeofday(struct timeval *, void *);
int           __real_clock_gettime(clockid_t, struct timespec *);
int           __real_fsync(int);
int           __real_rename(const char *, const char *);
int           __real_open(const char *, int, ...);
struct group *__real_getgrnam(const char *);

void          __wrap_child_begin(struct child *, enum proc_id);
void         *__wrap_malloc(size_t);
void         *__wrap_calloc(size_t, size_t);
void         *__wrap_realloc(void *, size_t);
void         *__wrap_reallocarray(void *, size_t, size_t);
void         *__wrap_recallocarray(void *, size_t, size_t, size_t);
char         *__wrap_strdup(const char *);
void          __wrap_free(void *);
ssize_t       __wrap_read(int, void *, size_t);
ssize_t       __wrap___read_chk(int, void *, size_t, size_t);
ssize_t       __wrap_write(int, const void *, size_t);
ssize_t       __wrap_splice(int, off_t *, int, off_t *, size_t, unsigned int);
ssize_t       __wrap_recvmsg(int, struct msghdr *, int);
ssize_t       __wrap_sendmsg(int, const struct msghdr *, int);
int           __wrap_accept4(int, struct sockaddr *, socklen_t *, int);
int           __wrap_socket(int, int, int);
int           __wrap_connect(int, const struct sockaddr *, socklen_t);
int           __wrap_epoll_wait(int, struct epoll_event *, int, int);
int           __wrap_fcntl(int, int, ...);
int           __wrap_bind(int, const struct sockaddr *, socklen_t);
int           __wrap_recvmmsg(int, struct mmsghdr *, unsigned int, int,
	      struct timespec *);
int           __wrap_pipe2(int *, int);
int           __wrap_gettimeofday(struct timeval *, void *);
int           __wrap_clock_gettime(clockid_t, struct timespec *);
int           __wrap_fsync(int);
int           __wrap_rename(const char *, const char *);
int           __wrap_open(const char *, int, ...);
struct group *__wrap_getgrnam(const char *);
time_t        __wrap_time(time_t *);

static struct row *page_open(enum proc_id);
static struct row *own_page(void);
static int         file_fails(enum call);
static int         fails(enum call);
static int         falls_short(enum call, int, size_t *);
static void        arm_again(int);
static int         epoll_ctl_real(int, int, int, struct epoll_event *);
static void        born(const void *);
static time_t      ahead(enum call);

void
__wrap_child_begin(struct child *c, enum proc_id role)
{
	is_child = 1;
	page = page_open(role);
	event_set_mem_functions(__wrap_malloc, __wrap_realloc, __wrap_free);
	__real_child_begin(c, role);
	if (c->start.instance != 0)
		page = NULL;
}

static struct row *
page_open(enum proc_id role)
{
	size_t size = CALL_MAX * sizeof(*page);
	void  *p;
	int    fd;

	if ((fd = __real_open("faults", O_RDWR | O_CLOEXEC)) == -1)
		return NULL;
	p = mmap(NULL, size * PROC_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	(void)close(fd);
	return p == MAP_FAILED ? NULL : (struct row *)p + role * CALL_MAX;
}

/* True if this call is to fail or to fall short. */
static int
fails(enum call c)
{
	struct row *r;
	uint64_t    n;

	if (page == NULL)
		return 0;
	r = &page[c];
	n = r->calls++;
	if (r->times == 0 || n < r->skip ||
	    (r->every > 1 && (n - r->skip) % r->every != 0))
		return 0;
	r->times--;
	r->hits++;
	errno = (int)r->error;
	return 1;
}

/* -1 if the call is to fail; else *len is what may be done of it. */
static int
falls_short(enum call c, int fd, size_t *len)
{
	static uint32_t seed = 1;
	uint64_t        most;

	if (!fails(c))
		return 0;
	if (page[c].error != 0) {
		if (errno == EAGAIN)
			arm_again(fd);
		return -1;
	}
	seed = seed * 1664525 + 1013904223;
	most = 1 + (seed >> 8) % page[c].most;
	if (most < *len)
		*len = (size_t)most;
	return 1;
}

static void
arm_again(int fd)
{
	int save = errno;

	if (fd < FDS && armed[fd].events & EPOLLET)
		(void)epoll_ctl_real(epoll_of[fd], EPOLL_CTL_MOD, fd,
		    &armed[fd]);
	errno = save;
}

/* --- memory ------------------------------------------------------------- */

static void
born(const void *p)
{
	if (page != NULL && p != NULL)
		page[CALL_ALLOC].alive++;
}

void *
__wrap_malloc(size_t size)
{
	void *p;

	if (fails(CALL_ALLOC))
		return NULL;
	p = __real_malloc(size);
	born(p);
	return p;
}

void *
__wrap_calloc(size_t n, size_t size)
{
	void *p;

	if (fails(CALL_ALLOC))
		return NULL;
	p = __real_calloc(n, size);
	born(p);
	return p;
}

void *
__wrap_realloc(void *old, size_t size)
{
	void *p;

	if (fails(CALL_ALLOC))
		return NULL;
	p = __real_realloc(old, size);
	if (old == NULL)
		born(p);
	return p;
}

void *
__wrap_reallocarray(void *old, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return __wrap_realloc(old, n * size);
}

/* Another library's, whose own pieces are not seen here. */
void *
__wrap_recallocarray(void *old, size_t oldn, size_t n, size_t size)
{
	void *p;

	if (fails(CALL_ALLOC))
		return NULL;
	p = __real_recallocarray(old, oldn, n, size);
	if (old == NULL)
		born(p);
	return p;
}

char *
__wrap_strdup(const char *s)
{
	char *p;

	if (fails(CALL_ALLOC))
		return NULL;
	p = __real_strdup(s);
	born(p);
	return p;
}

void
__wrap_free(void *p)
{
	if (page != NULL && p != NULL)
		page[CALL_ALLOC].alive--;
	__real_free(p);
}

/* --- system calls ------------------------------------------------------- */

ssize_t
__wrap_read(int fd, void *buf, size_t len)
{
	ssize_t n;
	int     less;

	if ((less = falls_short(CALL_READ, fd, &len)) == -1)
		return -1;
	n = __real_read(fd, buf, len);
	if (less)
		arm_again(fd);
	return n;
}

/* What a fortified read becomes whose length the compiler does not know. */
ssize_t
__wrap___read_chk(int fd, void *buf, size_t len, size_t size)
{
	if (len > size)
		abort();
	return __wrap_read(fd, buf, len);
}

/* Channels are not waited for by edges. */
ssize_t
__wrap_write(int fd, const void *buf, size_t len)
{
	ssize_t n;
	int     less;

	if (fd < FDS && armed[fd].events != 0 &&
	    (armed[fd].events & EPOLLET) == 0)
		return fails(CALL_TELL) ? -1 : __real_write(fd, buf, len);
	if ((less = falls_short(CALL_WRITE, fd, &len)) == -1)
		return -1;
	n = __real_write(fd, buf, len);
	if (less)
		arm_again(fd);
	return n;
}

ssize_t
__wrap_splice(int in, off_t *inoff, int out, off_t *outoff, size_t len,
    unsigned int flags)
{
	ssize_t n;
	int     less;

	if ((less = falls_short(CALL_SPLICE, in, &len)) == -1) {
		if (errno == EAGAIN)
			arm_again(out);
		return -1;
	}
	n = __real_splice(in, inoff, out, outoff, len, flags);
	if (less) {
		arm_again(in);
		arm_again(out);
	}
	return n;
}

ssize_t
__wrap_recvmsg(int fd, struct msghdr *mh, int flags)
{
	if (fails(CALL_RECVMSG))
		return -1;
	return __real_recvmsg(fd, mh, flags);
}

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *mh, int flags)
{
	if (fails(CALL_SENDMSG))
		return -1;
	return __real_sendmsg(fd, mh, flags);
}

int
__wrap_accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	if (fails(CALL_ACCEPT))
		return -1;
	return __real_accept4(fd, sa, len, flags);
}

int
__wrap_socket(int domain, int type, int protocol)
{
	if (fails(CALL_SOCKET))
		return -1;
	return __real_socket(domain, type, protocol);
}

int
__wrap_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	if (fails(CALL_CONNECT))
		return -1;
	return __real_connect(fd, sa, len);
}

/* In place of libc's, as libevent calls it too. */
int
epoll_ctl(int ep, int op, int fd, struct epoll_event *ev)
{
	if (op == EPOLL_CTL_ADD && fails(CALL_EPOLL_ADD))
		return -1;
	if (op != EPOLL_CTL_DEL && fd < FDS) {
		epoll_of[fd] = ep;
		armed[fd] = *ev;
	}
	/* Its number may soon be that of a socket. */
	if (op == EPOLL_CTL_DEL && fd < FDS)
		armed[fd].events = 0;
	return epoll_ctl_real(ep, op, fd, ev);
}

static int
epoll_ctl_real(int ep, int op, int fd, struct epoll_event *ev)
{
	return (int)syscall(SYS_epoll_ctl, ep, op, fd, ev);
}

int
__wrap_epoll_wait(int ep, struct epoll_event *ev, int n, int timeout)
{
	if (fails(CALL_EPOLL_WAIT))
		return -1;
	return __real_epoll_wait(ep, ev, n, timeout);
}

int
__wrap_pipe2(int *fd, int flags)
{
	if (fails(CALL_PIPE))
		return -1;
	return __real_pipe2(fd, flags);
}

/* All that the daemon asks for has one number at the most. */
int
__wrap_fcntl(int fd, int what, ...)
{
	va_list ap;
	int     n;

	if (what == F_DUPFD_CLOEXEC && fails(CALL_DUP))
		return -1;
	va_start(ap, what);
	n = va_arg(ap, int);
	va_end(ap);
	return __real_fcntl(fd, what, n);
}

int
__wrap_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	if (fails(CALL_BIND))
		return -1;
	return __real_bind(fd, sa, len);
}

int
__wrap_recvmmsg(int fd, struct mmsghdr *v, unsigned int n, int flags,
    struct timespec *timeout)
{
	if (fails(CALL_RECVMMSG))
		return -1;
	return __real_recvmmsg(fd, v, n, flags, timeout);
}

/* --- files of the parent ------------------------------------------------ */

/* The parent has a page from its first file on, and so have those it forks. */
static struct row *
own_page(void)
{
	static struct row *rows;
	static int         looked;

	if (is_child)
		return page;
	if (looked == 0)
		rows = page_open(PROC_PARENT);
	looked = 1;
	return rows;
}

static int
file_fails(enum call c)
{
	struct row *r = own_page();

	if (r == NULL)
		return 0;
	if (r[c].calls++ < r[c].skip || r[c].times == 0)
		return 0;
	r[c].times--;
	r[c].hits++;
	while (r[c].error == HANGS)
		(void)pause();
	errno = (int)r[c].error;
	return 1;
}

int
__wrap_fsync(int fd)
{
	return file_fails(CALL_FSYNC) ? -1 : __real_fsync(fd);
}

int
__wrap_rename(const char *from, const char *to)
{
	return file_fails(CALL_RENAME) ? -1 : __real_rename(from, to);
}

int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t  mode = 0;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (strstr(path, SLOW) != NULL && file_fails(CALL_OPEN))
		return -1;
	return __real_open(path, flags, mode);
}

struct group *
__wrap_getgrnam(const char *name)
{
	return file_fails(CALL_GETGRNAM) ? NULL : __real_getgrnam(name);
}

/* --- the time of day, which somebody sets, and time that passes --------- */

static time_t
ahead(enum call clock)
{
	struct row *r = own_page();

	if (r == NULL || r[clock].times == 0)
		return 0;
	r[clock].hits++;
	return (time_t)(int64_t)r[clock].most;
}

int
__wrap_gettimeofday(struct timeval *tv, void *zone)
{
	int ret;

	if ((ret = __real_gettimeofday(tv, zone)) == 0)
		tv->tv_sec += ahead(CALL_DAYTIME);
	return ret;
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int ret;

	ret = __real_clock_gettime(clock, ts);
	if (ret == 0 && clock == CLOCK_REALTIME)
		ts->tv_sec += ahead(CALL_DAYTIME);
	if (ret == 0 && clock == CLOCK_MONOTONIC)
		ts->tv_sec += ahead(CALL_UPTIME);
	return ret;
}

time_t
__wrap_time(time_t *t)
{
	struct timespec ts;

	(void)__wrap_clock_gettime(CLOCK_REALTIME, &ts);
	if (t != NULL)
		*t = ts.tv_sec;
	return ts.tv_sec;
}
