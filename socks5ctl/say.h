/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Words for the user, and the end of socks5ctl.
 *
 * Whatever comes from the daemon is escaped, since names in it were chosen by
 * strangers.
 */

#ifndef SOCKS5CTL_SAY_H
#define SOCKS5CTL_SAY_H

#include <stdio.h>

/* What socks5ctl ends with. */
enum exit_status {
	EXIT_DONE,
	EXIT_REFUSED, /* or failed on the way */
	EXIT_USAGE,
	EXIT_NO_DAEMON,
};

/* Printable ASCII stays as it is, everything else becomes \xNN. */
void say_safe(FILE *, const char *);

/*
 * What was printed so far has arrived, or this gives up; without a word if
 * nobody reads it any more.
 */
void flush_output(void);

/*
 * "socks5ctl: text" to stderr, the text made harmless for a terminal; the
 * second ends the process as well.
 */
void complain(const char *, ...) __attribute__((__format__(printf, 1, 2)));
_Noreturn void give_up(enum exit_status, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

/*
 * Ends the process with a line on what is wrong, and where it is told how the
 * command that begins so is used; NULL: how any is.
 */
_Noreturn void give_up_usage(const char *first, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

#endif /* SOCKS5CTL_SAY_H */
