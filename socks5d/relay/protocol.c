/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * The table of what clients may speak: see protocol.h.
 */

#include "compat/nitems.h"
#include "relay/protocol.h"

/* The first byte tells them apart. */
static const struct protocol *const protocols[] = {
	&protocol_socks5,
};

const struct protocol *
protocol_of(uint8_t first)
{
	size_t i;

	for (i = 0; i < nitems(protocols); i++)
		if (protocols[i]->begins(first))
			return protocols[i];
	return NULL;
}
