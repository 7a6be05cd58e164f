/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What kqueue(2) documents of this header, as far as socks5d uses it.  For the
 * check of types on a system without it: values are any, nothing links it.
 */

#ifndef BSD_SYS_EVENT_H
#define BSD_SYS_EVENT_H

#include <stdint.h>
#include <time.h>

#define EVFILT_READ  (-1)
#define EVFILT_WRITE (-2)

#define EV_ADD    0x0001
#define EV_DELETE 0x0002
#define EV_CLEAR  0x0020
#define EV_EOF    0x8000

struct kevent {
	uintptr_t      ident;
	short          filter;
	unsigned short flags;
	unsigned int   fflags;
	int64_t        data;
	void          *udata;
};

/* A macro there; a function here, which looks at the types of all. */
static inline void
EV_SET(struct kevent *ev, uintptr_t ident, short filter, unsigned short flags,
    unsigned int fflags, int64_t data, void *udata)
{
	*ev = (struct kevent){ ident, filter, flags, fflags, data, udata };
}

int kqueue(void);
int kevent(int, const struct kevent *, int, struct kevent *, int,
    const struct timespec *);

#endif /* BSD_SYS_EVENT_H */
