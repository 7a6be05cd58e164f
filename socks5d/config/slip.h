/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Lines that are wrong in a way that is known: words of other programs, of
 * other places, or left out.
 */

#ifndef CONFIG_SLIP_H
#define CONFIG_SLIP_H

struct lex;
struct lex_word;

/*
 * Complains about the last token, which the grammar did not take, if it knows
 * what was meant: 1.  0 if not; then nothing was said.
 */
int slip_error(struct lex *);

/* The part of it that is about UDP and BIND, given the last token. */
int slip_command(struct lex *, const struct lex_word *);

/* The command that others call so, or NULL. */
const char *slip_command_word(const char *);

/*
 * What is wrong with a word that is no address, for a complaint; NULL if
 * nothing is known.  With a port: where one may follow, in words of its own.
 */
const char *slip_address(const char *text, int with_port);

/* The number of a well-known service, or 0. */
unsigned int slip_service(const char *name);

#endif /* CONFIG_SLIP_H */
