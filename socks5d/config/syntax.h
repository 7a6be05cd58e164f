/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is wrong with a line that the grammar does not know, in words.
 */

#ifndef CONFIG_SYNTAX_H
#define CONFIG_SYNTAX_H

struct lex;

/*
 * Complains about the last token of the lexer, with the form that the line
 * should have or the word that was probably meant, unless the line has been
 * complained about.  Then skips the line.
 */
void syntax_error(struct lex *);

#endif /* CONFIG_SYNTAX_H */
