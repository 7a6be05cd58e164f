/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Payloads of the messages about tables and their images.
 *
 * Pure codec.  Rules as in msg_codec.h: get functions return -1 if the payload
 * is not exactly right.
 *
 * How an image comes to be: the parent sends MSG_TABLE_JOB with a descriptor
 * to fill, MSG_TABLE_SOURCE for each source with one to read, and
 * MSG_TABLE_BUILD without a payload, all with the job's id.  The loader
 * answers MSG_TABLE_BUILT of RESULT_MORE for each complaint, a line for
 * people, and at last one that is RESULT_OK or RESULT_REFUSED.  There is one
 * job at a time.
 */

#ifndef BASE_MSG_TABLE_H
#define BASE_MSG_TABLE_H

#include <stdint.h>

#include "base/msg_codec.h"

/* Names of tables, without <>, and of what entries come from; with NUL. */
#define MSG_TABLE_NAME_SIZE   32
#define MSG_TABLE_SOURCE_SIZE 1024

/* One entry as text, with its NUL. */
#define MSG_TABLE_ENTRY_SIZE 256

/* Bytes of an image, at most. */
#define MSG_TABLE_IMAGE_MAX (1024 * 1024 * 1024)

/* The last of enum table_kind; 0 is none of them. */
#define MSG_TABLE_KIND_LAST 4

/* MSG_TABLE_JOB: what becomes of the entries in the sources. */
enum table_job_op {
	TABLE_JOB_LOAD,   /* they are the table */
	TABLE_JOB_ADD,    /* they are added to the older image */
	TABLE_JOB_DELETE, /* they are taken from it */
	TABLE_JOB_SKIM,   /* they are the table, but for invalid ones */
};

struct msg_table_job {
	uint8_t           kind; /* enum table_kind */
	enum table_job_op op;
};

void msg_put_table_job(struct wbuf *, const struct msg_table_job *);
int  msg_get_table_job(const struct msg *, struct msg_table_job *);

/*
 * MSG_TABLE_SOURCE: a text, a database if it is about countries, or the older
 * image.  Complaints of a text begin with its name, and its line if the name
 * is not empty: "name:line: what".
 */
struct msg_table_source {
	uint8_t  old;  /* it is the older image */
	uint64_t size; /* bytes; a text may have changed */
	char     name[MSG_TABLE_SOURCE_SIZE];
};

void msg_put_table_source(struct wbuf *, const struct msg_table_source *);
int  msg_get_table_source(const struct msg *, struct msg_table_source *);

/* MSG_TABLE_BUILT: the numbers are 0 unless the result is RESULT_OK. */
struct msg_table_built {
	enum result result;
	uint32_t    entries; /* of the image */
	uint32_t    added;   /* given and not in the older one */
	uint32_t    deleted; /* given and in the older one */
	uint64_t    size;    /* bytes of the image */
	char        text[MSG_TEXT_SIZE];
};

void msg_put_table_built(struct wbuf *, const struct msg_table_built *);
int  msg_get_table_built(const struct msg *, struct msg_table_built *);

/*
 * MSG_TABLE_SET: a new image of a table for the router, while the config
 * stays; changed says that it is not what the config says any more.
 * MSG_TABLE_SET_RES: msg_put_result().
 */
struct msg_table_set {
	char     name[MSG_TABLE_NAME_SIZE]; /* not empty */
	uint64_t size;
	uint8_t  changed;
};

void msg_put_table_set(struct wbuf *, const struct msg_table_set *);
int  msg_get_table_set(const struct msg *, struct msg_table_set *);

/*
 * MSG_CTL_TABLE, MSG_TABLE_REQ: a change of a table.  What entries it is about
 * follows, as a text like that of a file of a table.  For each part of it the
 * parent asks with MSG_TABLE_NEXT and control with MSG_CTL_TABLE_NEXT, without
 * a payload; MSG_CTL_TABLE_TEXT, MSG_TABLE_TEXT are any bytes of it, or none
 * at its end.  Then comes MSG_TABLE_RES, which is msg_put_result().
 */
enum table_edit_op {
	TABLE_EDIT_ADD,
	TABLE_EDIT_DELETE,
	TABLE_EDIT_REPLACE,
	TABLE_EDIT_MAX,
};

struct msg_table_edit {
	enum table_edit_op op;
	char               name[MSG_TABLE_NAME_SIZE]; /* not empty */
	char               source[MSG_TABLE_SOURCE_SIZE];
	/* name of the text in complaints */
};

void msg_put_table_edit(struct wbuf *, const struct msg_table_edit *);
int  msg_get_table_edit(const struct msg *, struct msg_table_edit *);

/*
 * MSG_TABLE_ROWS and MSG_CTL_TABLE_ROW.  The database of countries comes last,
 * without a name.
 */
struct table_row {
	char     name[MSG_TABLE_NAME_SIZE];
	uint8_t  kind;    /* enum table_kind */
	uint8_t  changed; /* not what the config says */
	uint32_t entries;
	uint64_t size;                        /* bytes of the image */
	uint64_t loaded_ms;                   /* how long ago */
	char     file[MSG_TABLE_SOURCE_SIZE]; /* "" if none */
};

void table_row_put(struct wbuf *, const struct table_row *);
int  table_row_get(struct rbuf *, struct table_row *);

/*
 * MSG_CTL_TABLE_TEST, MSG_TABLE_TEST_REQ: the table's name, then the entries to
 * look for, at least one, until the end of the payload.
 */
struct msg_table_test {
	char           name[MSG_TABLE_NAME_SIZE]; /* not empty */
	const uint8_t *items;  /* inside the message: table_item_get */
	size_t         nitems; /* bytes */
};

void msg_put_table_test(struct wbuf *, const struct msg_table_test *);
int  msg_get_table_test(const struct msg *, struct msg_table_test *);

/* An entry as text; also of MSG_CTL_TABLE_ENTRIES, which has at least one. */
struct table_item {
	char text[MSG_TABLE_ENTRY_SIZE];
};

void table_item_put(struct wbuf *, const struct table_item *);
int  table_item_get(struct rbuf *, struct table_item *);

/*
 * MSG_TABLE_TEST_RES: enum table_answer as a byte, then a row per entry;
 * MSG_CTL_TABLE_TEST_ROW: such a row.
 */
enum table_answer {
	TABLE_ANSWER_LAST,
	TABLE_ANSWER_MORE,
	TABLE_ANSWER_NONE, /* there is no such table */
};

enum table_test {
	TABLE_TEST_OUT, /* not in the table */
	TABLE_TEST_IN,
	TABLE_TEST_WRONG, /* nothing that could be in it */
};

struct table_test_row {
	enum table_test in;
	char            text[MSG_TABLE_ENTRY_SIZE];
};

void table_test_row_put(struct wbuf *, const struct table_test_row *);
int  table_test_row_get(struct rbuf *, struct table_test_row *);

/*
 * MSG_CTL_TABLE_SHOW: msg_put_name() of a table.  MSG_TABLE_LIST_REQ: the same
 * and where to go on, 0 at first.  MSG_TABLE_LIST_RES: enum table_answer, where
 * to go on, and entries until the end of the payload.
 */
struct msg_table_list {
	char     name[MSG_TABLE_NAME_SIZE]; /* not empty */
	uint64_t at;
};

void msg_put_table_list(struct wbuf *, const struct msg_table_list *);
int  msg_get_table_list(const struct msg *, struct msg_table_list *);

#endif /* BASE_MSG_TABLE_H */
