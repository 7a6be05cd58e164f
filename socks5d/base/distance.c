/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * How far apart two words are: see distance.h.
 *
 * Pure.
 */

#include <stdint.h>
#include <string.h>

#include "base/distance.h"

static unsigned int least(unsigned int, unsigned int, unsigned int);

unsigned int
distance(const char *a, const char *b)
{
	unsigned int d[DISTANCE_LEN_MAX + 1][DISTANCE_LEN_MAX + 1];
	size_t       i, j, na, nb;

	na = strlen(a);
	nb = strlen(b);
	for (i = 0; i <= na; i++)
		d[i][0] = i;
	for (j = 0; j <= nb; j++)
		d[0][j] = j;
	for (i = 1; i <= na; i++) {
		for (j = 1; j <= nb; j++) {
			d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1,
			    d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1,
				    UINT32_MAX);
		}
	}
	return d[na][nb];
}

static unsigned int
least(unsigned int a, unsigned int b, unsigned int c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

unsigned int
distance_limit(unsigned long len)
{
	return len / 3 + 1 > DISTANCE_MAX ? DISTANCE_MAX :
					    (unsigned int)(len / 3 + 1);
}
