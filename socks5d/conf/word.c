/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Values as the words that the language has for them.
 *
 * Pure.
 */

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>

#include "compat/nitems.h"
#include "conf/conf.h"

char *
conf_duration_text(uint32_t ms, char *dst, size_t size)
{
	static const struct {
		uint32_t    ms;
		const char *name;
	} units[] = {
		{ 24 * 60 * 60 * 1000, "d" },
		{ 60 * 60 * 1000, "h" },
		{ 60 * 1000, "m" },
		{ 1000, "s" },
	};
	size_t i;

	for (i = 0; i < nitems(units); i++) {
		if (ms != 0 && ms % units[i].ms == 0) {
			(void)snprintf(dst, size, "%u%s", ms / units[i].ms,
			    units[i].name);
			return dst;
		}
	}
	(void)snprintf(dst, size, "%u%s", ms, ms == 0 ? "s" : "ms");
	return dst;
}

char *
conf_bytes_text(uint64_t n, char *dst, size_t size)
{
	static const char units[] = "TGMK";
	int               i, shift;

	for (i = 0; i < 4; i++) {
		shift = 10 * (4 - i);
		if (n != 0 && n >> shift << shift == n) {
			(void)snprintf(dst, size, "%" PRIu64 "%c", n >> shift,
			    units[i]);
			return dst;
		}
	}
	(void)snprintf(dst, size, "%" PRIu64, n);
	return dst;
}

const char *
conf_per_text(uint32_t ms)
{
	if (ms == 60 * 60 * 1000)
		return "/h";
	return ms == 60 * 1000 ? "/m" : "/s";
}

const char *
conf_day_name(unsigned int day)
{
	static const char *const names[] = {
		"sun",
		"mon",
		"tue",
		"wed",
		"thu",
		"fri",
		"sat",
	};

	return day < nitems(names) ? names[day] : "?";
}

const char *
conf_protocol_name(enum conf_protocol protocol)
{
	switch (protocol) {
	case CONF_SOCKS5:
		return "socks5";
	case CONF_SOCKS4A:
		return "socks4a";
	case CONF_HTTP:
		return "http";
	}
	return "?";
}

const char *
conf_balance_name(enum conf_balance balance)
{
	switch (balance) {
	case CONF_FAILOVER:
		return "failover";
	case CONF_ROUNDROBIN:
		return "roundrobin";
	case CONF_SOURCE:
		return "source";
	}
	return "?";
}

const char *
conf_table_kind_name(enum conf_table_kind kind)
{
	switch (kind) {
	case CONF_TABLE_ADDRESS:
		return "address";
	case CONF_TABLE_DOMAIN:
		return "domain";
	case CONF_TABLE_USER:
		return "user";
	}
	return "?";
}
