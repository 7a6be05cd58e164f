/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Names as numbers: see names.h.
 *
 * Pure.
 */

#include <stdlib.h>
#include <string.h>

#include "router/names.h"

/* The hash spares most comparisons of names that are not the same. */
struct name {
	const char *name; /* NULL if the slot is free */
	uint32_t    hash;
	uint32_t    number;
};

static int          names_grow(struct names *);
static struct name *names_slot(const struct names *, const char *, uint32_t);
static uint32_t     name_hash(const char *);

void
names_init(struct names *n)
{
	memset(n, 0, sizeof(*n));
}

void
names_clear(struct names *n)
{
	free(n->slots);
	names_init(n);
}

int
names_add(struct names *n, const char *name)
{
	struct name *slot;
	uint32_t     hash = name_hash(name);

	if (2 * (n->n + 1) > n->size && names_grow(n) == -1)
		return -1;
	slot = names_slot(n, name, hash);
	if (slot->name != NULL)
		return 0;
	slot->name = name;
	slot->hash = hash;
	slot->number = NAME_FIRST + n->n++;
	return 0;
}

/* At least half of the slots stay free, so that a search soon ends. */
static int
names_grow(struct names *n)
{
	struct names next;
	size_t       i;

	next = *n;
	next.size = n->size == 0 ? 16 : 2 * n->size;
	next.slots = calloc(next.size, sizeof(*next.slots));
	if (next.slots == NULL)
		return -1;
	for (i = 0; i < n->size; i++)
		if (n->slots[i].name != NULL)
			*names_slot(&next, n->slots[i].name,
			    n->slots[i].hash) = n->slots[i];
	free(n->slots);
	*n = next;
	return 0;
}

uint32_t
names_at(const struct names *n, const char *name)
{
	const struct name *slot;

	if (name == NULL)
		return NAME_NOBODY;
	if (n->size == 0)
		return NAME_OTHER;
	slot = names_slot(n, name, name_hash(name));
	return slot->name == NULL ? NAME_OTHER : slot->number;
}

/* Where the name is, or the free slot where it would be. */
static struct name *
names_slot(const struct names *n, const char *name, uint32_t hash)
{
	struct name *slot;
	size_t       i;

	for (i = hash;; i++) {
		slot = &n->slots[i & (n->size - 1)];
		if (slot->name == NULL ||
		    (slot->hash == hash && strcmp(slot->name, name) == 0))
			return slot;
	}
}

/* FNV-1a, mixed at the end as its low bits alone choose a slot. */
static uint32_t
name_hash(const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619U;
	return hash ^ hash >> 15;
}
