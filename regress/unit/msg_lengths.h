/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What lengths the gate lets through for a type of message, found by asking
 * it.  Included by the tests of codecs, whose encodings tell what it should.
 */

#ifndef MSG_LENGTHS_H
#define MSG_LENGTHS_H

#include <atf-c.h>

#include "base/msg.h"

struct lengths {
	size_t min;
	size_t max;
};

/* By any pair of roles; all those that have a route must fare alike. */
static struct lengths
gate_lengths(uint32_t type)
{
	struct lengths   l = { SIZE_MAX, 0 };
	enum msg_verdict v;
	unsigned int     from, to;
	size_t           len;

	for (from = 0; from < PROC_MAX; from++) {
		for (to = 0; to < PROC_MAX; to++) {
			if (!msg_goes(type, from, to))
				continue;
			for (len = 0; len <= MSG_PAYLOAD_MAX + 1; len++) {
				v = msg_check(type, from, to, len, 0);
				if (v == MSG_BAD_LEN)
					continue;
				if (l.min > len)
					l.min = len;
				if (l.max < len)
					l.max = len;
			}
		}
	}
	return l;
}

static void
check_lengths(uint32_t type, size_t min, size_t max)
{
	struct lengths gate = gate_lengths(type);

	ATF_CHECK_MSG(gate.min == min && gate.max == max,
	    "%s: the codec says "
	    "LEN(%zu, %zu), base/msg.c has LEN(%zu, %zu)",
	    msg_name(type), min, max, gate.min, gate.max);
}

#endif /* MSG_LENGTHS_H */
