/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Printers of "test".
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/msg_policy.h"
#include "say.h"
#include "show.h"

static void none(struct show *);
static int  test_text(struct show *, const struct msg *);
static void fact_text(struct show *, const struct test_row *);
static void address_text(struct show *, const struct test_row *);
static void result_text(struct show *, const struct test_row *);
static void test_json_begin(struct show *);
static int  test_json(struct show *, const struct msg *);
static void fact_json(struct show *, const struct test_row *);
static void groups_json(struct json *, const char *);
static void fields_json(struct json *, const char *);
static void json_named_u64(struct json *, const char *, char *);
static void address_json(struct show *, const struct test_row *);
static void match_json(struct show *, const struct test_row *);
static void result_json(struct show *, const struct test_row *);
static void rule_json(struct json *, const char *, const struct test_row *);
static void leave(struct json *, unsigned int);
static int  get_test(const struct msg *, struct test_row *);

const struct show_kind show_test = {
	{ none, test_text, none },
	{ test_json_begin, test_json, show_json_close },
};

/* Which list of the document is open. */
enum stage {
	STAGE_FACTS,   /* of the request */
	STAGE_ADDRESS, /* facts of an address */
	STAGE_MATCHED, /* rules of it */
	STAGE_RESULT,
};

/* How deep each of them is. */
#define DEPTH_ROOT    1
#define DEPTH_LIST    2
#define DEPTH_ADDRESS 3

static void
none(struct show *sh)
{
}

static int
test_text(struct show *sh, const struct msg *m)
{
	struct test_row t;

	if (get_test(m, &t) == -1)
		return -1;
	switch (t.kind) {
	case TEST_FACT:
		fact_text(sh, &t);
		break;
	case TEST_ADDRESS:
		address_text(sh, &t);
		break;
	case TEST_RULE:
		(void)fprintf(sh->out, "    matched ");
		say_safe(sh->out, t.where);
		(void)fprintf(sh->out, ": ");
		say_safe(sh->out, t.text);
		(void)fputc('\n', sh->out);
		break;
	case TEST_RESULT:
		result_text(sh, &t);
		break;
	case TEST_KIND_MAX:
		break;
	}
	return 0;
}

static void
fact_text(struct show *sh, const struct test_row *t)
{
	if (sh->stage != STAGE_FACTS)
		(void)fprintf(sh->out, "    ");
	say_safe(sh->out, t->key);
	(void)fprintf(sh->out, ": ");
	say_safe(sh->out, t->text);
	(void)fputc('\n', sh->out);
}

static void
address_text(struct show *sh, const struct test_row *t)
{
	char addr[ADDR_STRLEN];

	sh->stage = STAGE_ADDRESS;
	(void)fprintf(sh->out, "%s: %s",
	    t->addr.af == AF_UNSPEC ? "by its name" :
				      addr_print(&t->addr, addr, sizeof(addr)),
	    test_verdict_name(t->verdict));
	if (t->where[0] != '\0') {
		(void)fprintf(sh->out, " by ");
		say_safe(sh->out, t->where);
		(void)fprintf(sh->out, ": ");
		say_safe(sh->out, t->text);
	}
	(void)fputc('\n', sh->out);
}

static void
result_text(struct show *sh, const struct test_row *t)
{
	(void)fprintf(sh->out, "result: %s", test_verdict_name(t->verdict));
	if (t->verdict == TEST_PASS && t->text[0] != '\0') {
		(void)fprintf(sh->out, " to ");
		say_safe(sh->out, t->text);
	} else if (t->verdict != TEST_PASS && t->cause != CAUSE_NONE)
		(void)fprintf(sh->out, ", cause %s",
		    session_cause_name(t->cause));
	if (t->verdict != TEST_PASS && t->rep != REP_NONE)
		(void)fprintf(sh->out, ", reply %u", t->rep);
	if (t->verdict != TEST_PASS && t->text[0] != '\0') {
		(void)fprintf(sh->out, ": ");
		say_safe(sh->out, t->text);
	}
	(void)fputc('\n', sh->out);
}

static void
test_json_begin(struct show *sh)
{
	show_json_open(sh, "facts");
	sh->stage = STAGE_FACTS;
}

static int
test_json(struct show *sh, const struct msg *m)
{
	struct test_row t;

	if (get_test(m, &t) == -1)
		return -1;
	switch (t.kind) {
	case TEST_FACT:
		fact_json(sh, &t);
		break;
	case TEST_ADDRESS:
		address_json(sh, &t);
		break;
	case TEST_RULE:
		match_json(sh, &t);
		break;
	case TEST_RESULT:
		result_json(sh, &t);
		break;
	case TEST_KIND_MAX:
		break;
	}
	return 0;
}

static void
fact_json(struct show *sh, const struct test_row *t)
{
	struct json *j = &sh->json;

	/* A daemon that says facts after rules is not ours. */
	if (sh->stage == STAGE_MATCHED || sh->stage == STAGE_RESULT)
		return;
	json_object(j, NULL);
	json_str(j, "key", t->key);
	json_str(j, "text", t->text);
	if (strcmp(t->key, "groups") == 0)
		groups_json(j, t->text);
	else
		fields_json(j, t->fields);
	json_end(j);
}

static void
groups_json(struct json *j, const char *text)
{
	char copy[RULE_TEXT_SIZE], *list = copy, *one;

	(void)strlcpy(copy, text, sizeof(copy));
	json_array(j, "groups");
	while ((one = strsep(&list, " ")) != NULL)
		json_str(j, NULL, one);
	json_end(j);
}

/* Lines "name=text" and "name#number"; another daemon may have others. */
static void
fields_json(struct json *j, const char *fields)
{
	char  copy[sizeof(((struct test_row *)NULL)->fields)];
	char *list = copy, *one, *value;

	(void)strlcpy(copy, fields, sizeof(copy));
	while ((one = strsep(&list, "\n")) != NULL) {
		if ((value = strpbrk(one, "=#")) == NULL)
			continue;
		if (*value == '#')
			json_named_u64(j, one, value);
		else {
			*value = '\0';
			json_str(j, one, value + 1);
		}
	}
}

static void
json_named_u64(struct json *j, const char *name, char *value)
{
	*value = '\0';
	json_u64(j, name, strtoull(value + 1, NULL, 10));
}

static void
address_json(struct show *sh, const struct test_row *t)
{
	struct json *j = &sh->json;
	char         addr[ADDR_STRLEN];

	if (sh->stage == STAGE_RESULT)
		return;
	if (sh->stage == STAGE_FACTS) {
		leave(j, DEPTH_ROOT);
		json_array(j, "addresses");
	} else
		leave(j, DEPTH_LIST);
	json_object(j, NULL);
	json_str(j, "address",
	    t->addr.af == AF_UNSPEC ? NULL :
				      addr_print(&t->addr, addr, sizeof(addr)));
	json_str(j, "verdict", test_verdict_name(t->verdict));
	rule_json(j, "rule", t);
	json_array(j, "facts");
	sh->stage = STAGE_ADDRESS;
}

static void
match_json(struct show *sh, const struct test_row *t)
{
	struct json *j = &sh->json;

	if (sh->stage == STAGE_ADDRESS) {
		leave(j, DEPTH_ADDRESS);
		json_array(j, "matched");
		sh->stage = STAGE_MATCHED;
	}
	if (sh->stage == STAGE_MATCHED)
		rule_json(j, NULL, t);
}

static void
result_json(struct show *sh, const struct test_row *t)
{
	struct json *j = &sh->json;
	const char  *text = t->text[0] == '\0' ? NULL : t->text;

	if (sh->stage == STAGE_RESULT)
		return;
	leave(j, DEPTH_ROOT);
	if (sh->stage == STAGE_FACTS) {
		json_array(j, "addresses");
		json_end(j);
	}
	json_object(j, "result");
	json_str(j, "verdict", test_verdict_name(t->verdict));
	json_str(j, "cause",
	    t->cause == CAUSE_NONE ? NULL : session_cause_name(t->cause));
	if (t->rep == REP_NONE)
		json_null(j, "rep");
	else
		json_u64(j, "rep", t->rep);
	json_str(j, "targets", t->verdict == TEST_PASS ? text : NULL);
	json_str(j, "why", t->verdict == TEST_PASS ? NULL : text);
	json_end(j);
	sh->stage = STAGE_RESULT;
}

static void
rule_json(struct json *j, const char *key, const struct test_row *t)
{
	if (t->number == RULE_NONE) {
		json_null(j, key);
		return;
	}
	json_object(j, key);
	json_u64(j, "number", t->number);
	json_str(j, "where", t->where);
	json_str(j, "text", t->text);
	json_end(j);
}

static void
leave(struct json *j, unsigned int depth)
{
	while (j->depth > depth)
		json_end(j);
}

static int
get_test(const struct msg *m, struct test_row *t)
{
	struct rbuf r;

	if (m->type != MSG_CTL_TEST_ROW)
		return -1;
	rbuf_init(&r, m->data, m->len);
	return test_row_get(&r, t) == 0 && rbuf_done(&r) ? 0 : -1;
}
