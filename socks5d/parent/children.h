/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What is done for which child, and who hears of its end.
 */

#ifndef PARENT_CHILDREN_H
#define PARENT_CHILDREN_H

struct conf;
struct parent;

/* process_init() with all that is done for children. */
void children_init(struct parent *, const struct conf *);

#endif /* PARENT_CHILDREN_H */
