/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * Tests of the queue of changes: one at a time, in their order, and who asked
 * hears of each step.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include <atf-c.h>

#include "parent/change.h"

/* What the queue did, in its order: "begin a", "1 more", "free a". */
struct parent {
	char        log[1024];
	const char *obstacle; /* of kind two */
};

struct one {
	struct change change;
	const char   *name;
	int           brief; /* it ends as it begins */
};

static struct event_base *base;
static struct changes    *q;
static struct parent      parent;

static void        note(const char *, const char *);
static void        begin(struct parent *, struct change *);
static const char *obstacle(struct parent *, const struct change *);
static void        stop(struct parent *, const char *);
static void        one_free(struct parent *, struct change *);

static const struct change_ops ops_one = { "walk", MSG_USER_RES, 2, "too many",
	begin, NULL, NULL, one_free };
static const struct change_ops ops_two = { "run", MSG_RELOAD_RES, 0, NULL,
	begin, obstacle, stop, one_free };

static void
note(const char *what, const char *name)
{
	size_t n = strlen(parent.log);

	(void)snprintf(parent.log + n, sizeof(parent.log) - n, "%s%s%s%s",
	    n == 0 ? "" : ", ", what, name[0] == '\0' ? "" : " ", name);
}

static void
begin(struct parent *p, struct change *c)
{
	static int  begun;
	struct one *o = (struct one *)c;

	/* None begins within another one, which may be gone by then. */
	ATF_CHECK_EQ(0, begun++);
	note("begin", o->name);
	if (o->brief)
		change_end(q, c, RESULT_OK, "done");
	begun--;
}

static const char *
obstacle(struct parent *p, const struct change *c)
{
	return p->obstacle;
}

static void
stop(struct parent *p, const char *why)
{
	note("stop", why);
}

static void
one_free(struct parent *p, struct change *c)
{
	note("free", ((struct one *)c)->name);
	free(c);
}

static void
answer(struct parent *p, enum msg_type type, uint64_t id, enum result result,
    const char *text)
{
	char what[64];

	(void)snprintf(what, sizeof(what), "%d %s %s", (int)id,
	    type == MSG_USER_RES ? "one" : "two",
	    result == RESULT_MORE   ? "more" :
		result == RESULT_OK ? "ok" :
				      "refused");
	note(what, text);
}

static struct change *
make(const struct change_ops *ops, const char *name, int brief, uint64_t id)
{
	struct one *o;

	ATF_REQUIRE((o = calloc(1, sizeof(*o))) != NULL);
	change_init(&o->change, ops);
	o->name = name;
	o->brief = brief;
	if (id != 0)
		ATF_REQUIRE_EQ(askers_add(&o->change.askers, id, 0), 0);
	return &o->change;
}

static void
check(const char *what)
{
	ATF_CHECK_STREQ(parent.log, what);
	parent.log[0] = '\0';
}

static void
check_why(const char *why, const char *is)
{
	ATF_REQUIRE(is != NULL);
	ATF_CHECK_STREQ(is, why);
}

static void
begin_test(void)
{
	ATF_REQUIRE((base = event_base_new()) != NULL);
	ATF_REQUIRE((q = changes_new(base, &parent, answer)) != NULL);
}

static void
end_test(void)
{
	changes_free(q);
	event_base_free(base);
}

ATF_TC(order);
ATF_TC_HEAD(order, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "one at a time, the rest in the order in which they came");
}
ATF_TC_BODY(order, tc)
{
	struct change *a, *d;

	begin_test();
	a = make(&ops_one, "a", 0, 1);
	ATF_CHECK(changes_add(q, a) == NULL);
	check("begin a");
	check_why("another walk is under way",
	    changes_add(q, make(&ops_one, "b", 1, 2)));
	check_why("a walk is under way",
	    changes_add(q, make(&ops_two, "c", 1, 3)));
	d = make(&ops_one, "d", 0, 4);
	check_why("another walk is under way", changes_add(q, d));
	check("");
	changes_tick(q);
	check("2 one more, 3 two more, 4 one more");
	change_end(q, a, RESULT_OK, "all");
	check("1 one ok all, free a, "
	      "2 one more, begin b, 2 one ok done, free b, "
	      "3 two more, begin c, 3 two ok done, free c, "
	      "4 one more, begin d");
	change_say(q, d, RESULT_MORE, "line");
	change_end(q, d, RESULT_REFUSED, "");
	check("4 one more line, 4 one refused, free d");
	changes_tick(q);
	check("");
	end_test();
}

ATF_TC(held);
ATF_TC_HEAD(held, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "what has an obstacle waits, and all behind it");
}
ATF_TC_BODY(held, tc)
{
	struct change *a, *b;

	begin_test();
	changes_hold(q, "not yet");
	a = make(&ops_two, "a", 0, 1);
	b = make(&ops_one, "b", 1, 2);
	check_why("not yet", changes_add(q, a));
	parent.obstacle = "a wall";
	changes_hold(q, NULL);
	check("");
	check_why("a wall", changes_obstacle(q, a));
	check_why("a run is under way", changes_add(q, b));
	changes_next(q);
	check("");
	parent.obstacle = NULL;
	changes_next(q);
	check("1 two more, begin a");
	/* One more wants the same. */
	ATF_CHECK_EQ(askers_add(&a->askers, 3, 0), 0);
	change_end(q, a, RESULT_OK, "");
	check("1 two ok, 3 two ok, free a, 2 one more, begin b, 2 one ok done, "
	      "free b");
	end_test();
}

ATF_TC(full);
ATF_TC_HEAD(full, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "so many of a kind wait and no more, nor do those who ask");
}
ATF_TC_BODY(full, tc)
{
	struct change *a;
	uint64_t       id;

	begin_test();
	a = make(&ops_one, "a", 0, 0);
	(void)changes_add(q, a);
	(void)changes_add(q, make(&ops_one, "b", 1, 2));
	ATF_CHECK(changes_refuse(q, &ops_one) == NULL);
	(void)changes_add(q, make(&ops_one, "c", 1, 3));
	check_why("too many", changes_refuse(q, &ops_one));
	ATF_CHECK(changes_refuse(q, &ops_two) == NULL);
	for (id = 0; id < ASKERS_MAX; id++)
		ATF_REQUIRE_EQ(askers_add(&a->askers, id, 0), 0);
	ATF_CHECK_EQ(askers_add(&a->askers, id, 0), -1);
	a->askers.n = 0;
	change_end(q, a, RESULT_OK, "");
	ATF_CHECK(changes_refuse(q, &ops_one) == NULL);
	end_test();
}

ATF_TC(end);
ATF_TC_HEAD(end, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "the end of the daemon is told to all, that of control to nobody");
}
ATF_TC_BODY(end, tc)
{
	struct change *a, *d;

	begin_test();
	a = make(&ops_two, "a", 0, 1);
	(void)changes_add(q, a);
	(void)changes_add(q, make(&ops_one, "b", 0, 2));
	changes_forget(q);
	changes_tick(q);
	check("begin a");
	(void)changes_add(q, make(&ops_one, "c", 0, 3));
	/* One that is not in the queue so far ends like any other. */
	d = make(&ops_one, "d", 0, 4);
	change_end(q, d, RESULT_REFUSED, "no");
	check("4 one refused no, free d");
	changes_stop(q, "bye");
	check("free b, 3 one refused bye, free c, stop bye");
	check_why("bye", changes_refuse(q, &ops_two));
	change_end(q, a, RESULT_OK, "");
	check("free a");
	(void)changes_add(q, make(&ops_one, "e", 0, 5));
	check("");
	changes_stop(q, "bye");
	check("5 one refused bye, free e");
	end_test();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, held);
	ATF_TP_ADD_TC(tp, full);
	ATF_TP_ADD_TC(tp, end);
	return atf_no_error();
}
