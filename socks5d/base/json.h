/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A writer of JSON: bounded, escaping, and it knows how deep it is, so that
 * what comes out is one well-formed document or an error.
 *
 * Pure: no I/O, no allocation, no locale.  Used by control (session lines),
 * the parent (log) and socks5ctl (-j).  It writes ASCII only: everything else
 * in a text becomes \uXXXX, bytes that are no UTF-8 become \ufffd.
 */

#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 8

/* Takes text that is ready, when the storage is full and at the end. */
typedef void (*json_sink)(void *arg, const char *, size_t len);

/*
 * Bad, and silent from then on, once a document would not be well-formed or
 * did not fit into storage without a sink.
 */
struct json {
	char        *dst;
	size_t       size;
	size_t       len;
	json_sink    sink; /* NULL: all must fit */
	void        *arg;
	unsigned int depth;
	char         open[JSON_DEPTH_MAX]; /* '{' or '[' */
	int          comma;                /* next member needs one */
	int          finished;             /* the outermost value ended */
	int          bad;
};

/* Writes into dst, or through it to sink; a sink needs size of at least 64. */
void json_init(struct json *, char *dst, size_t size, json_sink, void *arg);

/*
 * Members.  The key is NULL in an array and at top level and must not be NULL
 * in an object; keys are our own words and are not escaped.
 */
void json_object(struct json *, const char *key);
void json_array(struct json *, const char *key);
void json_end(struct json *); /* of the innermost of both */
void json_u64(struct json *, const char *key, uint64_t);
void json_bool(struct json *, const char *key, int);
void json_null(struct json *, const char *key);

/* A text; NULL becomes null. */
void json_str(struct json *, const char *key, const char *);

/*
 * The same, but of at most max escaped bytes (at least 16); what is longer is
 * cut between two characters and ends with "...".
 */
void json_str_max(struct json *, const char *key, const char *, size_t max);

/*
 * Ends the document: 0, or -1 if it would not be one.  Without a sink the
 * text then ends with a NUL, and is empty after -1.
 */
int json_done(struct json *);

#endif /* BASE_JSON_H */
