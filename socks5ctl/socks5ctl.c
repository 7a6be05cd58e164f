/*
 * Copyright (c) 2026 The socks5d authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * socks5ctl: tells a running socks5d what to do and prints what it says.
 *
 * The table of commands below is the only list of them: parsing, usage and
 * the test of the manual page read it.
 */

#include <sys/types.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/msg_codec.h"
#include "base/msg_proxy.h"
#include "client.h"
#include "show.h"
#include "table.h"
#include "trial.h"
#include "user.h"

/* What comes after the words of a command. */
enum argument {
	ARG_NONE,
	ARG_ID,			/* the number of a session */
	ARG_USER_OPTIONS,
	ARG_USER_KILL,
	ARG_BAN,
	ARG_METHOD,
	ARG_MEMBER,
	ARG_ENTRIES,		/* of a table, or where they are */
	ARG_REPLACE,		/* the same, or none */
	ARG_ITEMS,		/* to look for in a table */
	ARG_TABLE,		/* its name alone */
	ARG_TRIAL		/* a request */
};

/* How many words they are, and what they are called. */
static const struct {
	int		 min;
	int		 max;
	const char	*text;
} arguments[] = {
	[ARG_NONE] =		{ 0, 0, "" },
	[ARG_ID] =		{ 1, 1, " id" },
	[ARG_USER_OPTIONS] =	{ 1, 1000, " name [option ...]" },
	[ARG_USER_KILL] =	{ 1, 2, " name [kill]" },
	[ARG_BAN] =		{ 1, 2, " address | user name | all" },
	[ARG_METHOD] =		{ 0, 1, " [yescrypt | bcrypt | sha512]" },
	[ARG_MEMBER] =		{ 4, 4, " name member nr up | down" },
	[ARG_ENTRIES] =		{ 1, INT_MAX, " entry ... | -f file" },
	[ARG_REPLACE] =		{ 1, INT_MAX, " [entry ... | -f file]" },
	[ARG_ITEMS] =		{ 2, INT_MAX, " word ..." },
	[ARG_TABLE] =		{ 1, 1, "" },
	[ARG_TRIAL] =		{ 3, 9, " [from address] [user name] "
				    "[on listener] command host port" }
};

/* What the request carries. */
enum payload {
	PAYLOAD_NONE,
	PAYLOAD_VALUE,		/* the value of the row */
	PAYLOAD_ID,		/* the argument */
	PAYLOAD_EDIT,		/* the value is the operation */
	PAYLOAD_BAN,
	PAYLOAD_MEMBER,
	PAYLOAD_TABLE,		/* the value is the operation */
	PAYLOAD_TABLE_TEST,
	PAYLOAD_TABLE_NAME,
	PAYLOAD_TRIAL
};

#define WORDS_MAX	2

struct command {
	const char		*words[WORDS_MAX];
	enum argument		 argument;
	enum msg_type		 request;
	enum payload		 payload;
	uint32_t		 value;
	int			 patience_ms;
	const struct show_kind	*show;		/* NULL: nothing to show */
	const char		*help;
};

/*
 * The daemon itself gives up after 2 seconds, with a reload after 60, with a
 * change of users after 12.
 */
#define PATIENCE_MS	5000
#define RELOAD_MS	65000
#define TABLE_MS	65000
#define USER_MS		15000
#define TEST_MS		35000

static const struct command	commands[] = {
	{ { "show", "status" }, ARG_NONE, MSG_CTL_STATUS, PAYLOAD_NONE, 0,
	    PATIENCE_MS, &show_status,
	    "the daemon, its processes and their walls" },
	{ { "show", "sessions" }, ARG_NONE, MSG_CTL_SESSIONS, PAYLOAD_NONE,
	    0, PATIENCE_MS, &show_sessions,
	    "every session" },
	{ { "show", "rules" }, ARG_NONE, MSG_CTL_RULES, PAYLOAD_NONE, 0,
	    PATIENCE_MS, &show_rules,
	    "every rule and how often it was used" },
	{ { "show", "counters" }, ARG_NONE, MSG_CTL_COUNTERS, PAYLOAD_NONE,
	    0, PATIENCE_MS, &show_counters,
	    "what happened since the start" },
	{ { "kill", NULL }, ARG_ID, MSG_CTL_KILL, PAYLOAD_ID, 0,
	    PATIENCE_MS, NULL,
	    "end the session with this id" },
	{ { "reload", NULL }, ARG_NONE, MSG_CTL_RELOAD, PAYLOAD_NONE, 0,
	    RELOAD_MS, NULL,
	    "read the configuration again" },
	{ { "reload", "revoke" }, ARG_NONE, MSG_CTL_REVOKE, PAYLOAD_NONE, 0,
	    RELOAD_MS, NULL,
	    "and end the sessions that it refuses" },
	{ { "test", NULL }, ARG_TRIAL, MSG_CTL_TEST, PAYLOAD_TRIAL, 0,
	    TEST_MS, &show_test,
	    "what would become of a request, and why" },
	{ { "log", "brief" }, ARG_NONE, MSG_CTL_VERBOSE, PAYLOAD_VALUE, 0,
	    PATIENCE_MS, NULL,
	    "log what matters" },
	{ { "log", "verbose" }, ARG_NONE, MSG_CTL_VERBOSE, PAYLOAD_VALUE, 1,
	    PATIENCE_MS, NULL,
	    "log what helps to find a fault, too" },
	{ { "stop", NULL }, ARG_NONE, MSG_CTL_STOP, PAYLOAD_VALUE, 0,
	    PATIENCE_MS, NULL,
	    "stop once the sessions have ended, at most after the drain time"
	},
	{ { "stop", "now" }, ARG_NONE, MSG_CTL_STOP, PAYLOAD_VALUE, 1,
	    PATIENCE_MS, NULL,
	    "stop and end all sessions" },
	{ { "user", "list" }, ARG_NONE, MSG_CTL_USERS, PAYLOAD_NONE, 0,
	    PATIENCE_MS, &show_users,
	    "every user, without the hash" },
	{ { "user", "add" }, ARG_USER_OPTIONS, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_ADD, USER_MS, NULL,
	    "add a user to the file of users" },
	{ { "user", "passwd" }, ARG_USER_KILL, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_PASSWD, USER_MS, NULL,
	    "give a user another password" },
	{ { "user", "delete" }, ARG_USER_KILL, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_DELETE, USER_MS, NULL,
	    "take a user out of the file" },
	{ { "user", "disable" }, ARG_USER_KILL, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_DISABLE, USER_MS, NULL,
	    "let a user log in no more" },
	{ { "user", "enable" }, ARG_USER_KILL, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_ENABLE, USER_MS, NULL,
	    "let a user log in again" },
	{ { "show", "bans" }, ARG_NONE, MSG_CTL_BANS, PAYLOAD_NONE, 0,
	    PATIENCE_MS, &show_bans,
	    "who may not log in after too many failures" },
	{ { "unban", NULL }, ARG_BAN, MSG_CTL_UNBAN, PAYLOAD_BAN, 0,
	    PATIENCE_MS, NULL,
	    "end a ban" },
	{ { "show", "upstreams" }, ARG_NONE, MSG_CTL_PROXIES, PAYLOAD_NONE,
	    0, PATIENCE_MS, &show_upstreams,
	    "every member of an upstream and how it does" },
	{ { "upstream", NULL }, ARG_MEMBER, MSG_CTL_PROXY_SET,
	    PAYLOAD_MEMBER, 0, PATIENCE_MS, NULL,
	    "use a member of an upstream, or do not" },
	{ { "show", "limits" }, ARG_NONE, MSG_CTL_LIMITS, PAYLOAD_NONE, 0,
	    PATIENCE_MS, &show_limits,
	    "what is counted under limits, and how much it is" },
	{ { "show", "tables" }, ARG_NONE, MSG_CTL_TABLES, PAYLOAD_NONE, 0,
	    PATIENCE_MS, &show_tables,
	    "every table, and the database of countries" },
	{ { "table", "add" }, ARG_ENTRIES, MSG_CTL_TABLE, PAYLOAD_TABLE,
	    TABLE_EDIT_ADD, TABLE_MS, NULL,
	    "add entries to a table" },
	{ { "table", "delete" }, ARG_ENTRIES, MSG_CTL_TABLE, PAYLOAD_TABLE,
	    TABLE_EDIT_DELETE, TABLE_MS, NULL,
	    "take entries out of a table" },
	{ { "table", "replace" }, ARG_REPLACE, MSG_CTL_TABLE, PAYLOAD_TABLE,
	    TABLE_EDIT_REPLACE, TABLE_MS, NULL,
	    "give a table these entries and no others" },
	{ { "table", "test" }, ARG_ITEMS, MSG_CTL_TABLE_TEST,
	    PAYLOAD_TABLE_TEST, 0, PATIENCE_MS, &show_table_test,
	    "is it in the table?" },
	{ { "table", "show" }, ARG_TABLE, MSG_CTL_TABLE_SHOW,
	    PAYLOAD_TABLE_NAME, 0, PATIENCE_MS, &show_table,
	    "every entry of a table" },
	{ { "hash", NULL }, ARG_METHOD, MSG_NONE, PAYLOAD_NONE, 0,
	    0, NULL,
	    "print the hash of a password; needs no daemon" },
};

#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static _Noreturn void
		usage(const char *);
static const struct command
		*find_command(int, char **, int *);
static const char
		*whole_word(const char *, const char *);
static int	takes_word(const char *);
static int	is_table(const char *);
static int	same(const char *, const char *);
static FILE	*put_payload(struct wbuf *, const struct command *, int,
		    char **, const char *);
static void	put_member(struct wbuf *, char **);
static int	parse_id(const char *, uint64_t *);
static int	run(struct channel *, const struct command *, int, FILE *);
static int	print_row(struct show *, const struct show_form *,
		    const struct msg *);
static int	finish(struct show *, const struct show_form *,
		    const struct msg *);

int
main(int argc, char *argv[])
{
	const struct command	*cmd;
	struct channel		*ch;
	struct sigaction	 ignore;
	struct wbuf		 b;
	uint8_t			 space[MSG_PAYLOAD_MAX];
	const char		*path = NULL, *file = NULL;
	FILE			*text;
	int			 opt, nargs, json = 0, status = EXIT_DONE;

	while ((opt = getopt(argc, argv, "f:js:")) != -1) {
		switch (opt) {
		case 'f':
			file = optarg;
			break;
		case 'j':
			json = 1;
			break;
		case 's':
			path = optarg;
			break;
		default:
			usage(NULL);
		}
	}
	argc -= optind;
	argv += optind;
	/* "show sessions -j", also where getopt(3) stops at the first word. */
	if (argc > 1 && strcmp(argv[argc - 1], "-j") == 0) {
		json = 1;
		argc--;
	}
	cmd = find_command(argc, argv, &nargs);
	argv += argc - nargs;
	if (file != NULL && cmd->payload != PAYLOAD_TABLE) {
		complain("-f goes with the commands that change a table");
		usage("table");
	}
	if (json && cmd->show == NULL) {
		complain("-j goes with the show commands");
		usage("show");
	}
	if (cmd->request == MSG_NONE) {
		user_print_hash(nargs, argv);
		goto done;
	}
	wbuf_init(&b, space, sizeof(space));
	text = put_payload(&b, cmd, nargs, argv, file);
	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &ignore, NULL);
	ch = client_open(path);
	client_send(ch, cmd->request, b.len == 0 ? NULL : &b);
	explicit_bzero(space, sizeof(space));
	status = run(ch, cmd, json, text);
	channel_free(ch);
 done:
	if (fflush(stdout) == EOF || ferror(stdout))
		give_up(EXIT_REFUSED, "stdout: %s", strerror(errno));
	return status;
}

/* How to use all commands, or those with this first word. */
static _Noreturn void
usage(const char *first)
{
	const struct command	*c;
	char			 words[96];
	size_t			 i;

	(void)fprintf(stderr,
	    "usage: socks5ctl [-j] [-f file] [-s socket] command\ncommands:\n");
	for (i = 0; i < NCOMMANDS; i++) {
		c = &commands[i];
		if (first != NULL && strcmp(c->words[0], first) != 0)
			continue;
		(void)snprintf(words, sizeof(words), "%s%s%s%s%s",
		    c->words[0], is_table(c->words[0]) ? " name" : "",
		    c->words[1] == NULL ? "" : " ",
		    c->words[1] == NULL ? "" : c->words[1],
		    arguments[c->argument].text);
		(void)fprintf(stderr, "\t%-43s %s\n", words, c->help);
	}
	exit(EXIT_USAGE);
}

/* The command that was typed, ended by nargs words; or the process ends. */
static const struct command *
find_command(int argc, char **argv, int *nargs)
{
	const struct command	*c = NULL;
	const char		*words[WORDS_MAX] = { NULL, NULL };
	char			*name;
	uint64_t		 id;
	size_t			 i;
	int			 n;

	if (argc == 0)
		usage(NULL);
	words[0] = whole_word(NULL, argv[0]);
	if (argc > 2 && is_table(words[0])) {
		name = argv[1];
		argv[1] = argv[2];
		argv[2] = name;
	}
	if (argc > 1 && takes_word(words[0]))
		words[1] = whole_word(words[0], argv[1]);
	for (i = 0; i < NCOMMANDS; i++) {
		if (same(commands[i].words[0], words[0]) &&
		    same(commands[i].words[1], words[1]))
			c = &commands[i];
	}
	n = argc - (words[1] == NULL ? 1 : 2);
	if (c == NULL || n < arguments[c->argument].min) {
		complain("%s: something is missing behind it", words[0]);
		usage(words[0]);
	}
	argv += argc - n;
	if (n > arguments[c->argument].max) {
		complain("%s: nothing is expected here", argv[n - 1]);
		usage(words[0]);
	}
	if (c->argument == ARG_ID && parse_id(argv[0], &id) == -1) {
		complain("%s: not the id of a session", argv[0]);
		usage(words[0]);
	}
	*nargs = n;
	return c;
}

/*
 * The word that was typed, maybe shortened, as the first of a command or
 * behind another.  Each word is judged alone: "s" may be show or stop, even
 * though only one of them stands without a second word.
 */
static const char *
whole_word(const char *before, const char *typed)
{
	const struct command	*c;
	const char		*word, *found = NULL;
	size_t			 i;

	for (i = 0; i < NCOMMANDS; i++) {
		c = &commands[i];
		word = before == NULL ? c->words[0] : c->words[1];
		if (word == NULL || *typed == '\0' ||
		    (before != NULL && strcmp(c->words[0], before) != 0) ||
		    strncmp(word, typed, strlen(typed)) != 0)
			continue;
		if (strcmp(word, typed) == 0)
			return word;
		if (found != NULL && strcmp(found, word) != 0) {
			complain("%s could be more than one command", typed);
			usage(before);
		}
		found = word;
	}
	if (found == NULL) {
		complain("no such command: %s%s%s",
		    before == NULL ? "" : before, before == NULL ? "" : " ",
		    typed);
		usage(before);
	}
	return found;
}

static int
takes_word(const char *first)
{
	size_t	i;

	for (i = 0; i < NCOMMANDS; i++) {
		if (strcmp(commands[i].words[0], first) == 0 &&
		    commands[i].words[1] != NULL)
			return 1;
	}
	return 0;
}

/* Its name stands before the second word of the command. */
static int
is_table(const char *first)
{
	return strcmp(first, "table") == 0;
}

static int
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Returns a text that follows when the daemon asks for it, or NULL. */
static FILE *
put_payload(struct wbuf *b, const struct command *c, int nargs, char **args,
    const char *file)
{
	uint64_t	id;

	switch (c->payload) {
	case PAYLOAD_NONE:
		break;
	case PAYLOAD_VALUE:
		msg_put_u32(b, c->value);
		break;
	case PAYLOAD_ID:
		if (parse_id(args[0], &id) == 0)
			msg_put_u64(b, id);
		break;
	case PAYLOAD_EDIT:
		user_put_edit(b, (enum user_op)c->value, nargs, args);
		break;
	case PAYLOAD_BAN:
		user_put_unban(b, nargs, args);
		break;
	case PAYLOAD_MEMBER:
		put_member(b, args);
		break;
	case PAYLOAD_TABLE:
		return table_put_edit(b, (enum table_edit_op)c->value, nargs,
		    args, file);
	case PAYLOAD_TABLE_TEST:
		table_put_test(b, nargs, args);
		break;
	case PAYLOAD_TABLE_NAME:
		msg_put_name(b, table_name(args[0]));
		break;
	case PAYLOAD_TRIAL:
		trial_put(b, nargs, args);
		break;
	}
	return NULL;
}

/* NAME member N up|down, as it was typed. */
static void
put_member(struct wbuf *b, char **args)
{
	struct msg_proxy_set	 set;
	const char		*why;

	memset(&set, 0, sizeof(set));
	if (args[0][0] == '\0' || strlcpy(set.upstream, args[0],
	    sizeof(set.upstream)) >= sizeof(set.upstream)) {
		complain("%s: not the name of an upstream", args[0]);
		usage("upstream");
	}
	if (strcmp(args[1], "member") != 0) {
		complain("%s: expected \"member\"", args[1]);
		usage("upstream");
	}
	set.member = (uint8_t)strtonum(args[2], 1, PROXY_MEMBERS_MAX, &why);
	if (why != NULL) {
		complain("%s: not the number of a member", args[2]);
		usage("upstream");
	}
	set.down = strcmp(args[3], "down") == 0;
	if (!set.down && strcmp(args[3], "up") != 0) {
		complain("%s: expected \"up\" or \"down\"", args[3]);
		usage("upstream");
	}
	msg_put_proxy_set(b, &set);
}

/* strtonum(3) ends at 2^63. */
static int
parse_id(const char *s, uint64_t *id)
{
	char	*end;

	if (*s < '0' || *s > '9')
		return -1;
	errno = 0;
	*id = strtoull(s, &end, 10);
	return errno == 0 && *end == '\0' ? 0 : -1;
}

static int
run(struct channel *ch, const struct command *cmd, int json, FILE *text)
{
	const struct show_form	*form = NULL;
	struct show		*sh;
	struct msg		*m;
	char			 line[MSG_TEXT_SIZE];

	if ((sh = calloc(1, sizeof(*sh))) == NULL)
		give_up(EXIT_REFUSED, "out of memory");
	sh->out = stdout;
	if (cmd->show != NULL)
		form = json ? &cmd->show->json : &cmd->show->text;
	for (;;) {
		m = client_recv(ch, cmd->patience_ms);
		if (m->type == MSG_CTL_DONE)
			break;
		if (m->type == MSG_CTL_TABLE_NEXT && text != NULL) {
			table_send_text(ch, text);
			continue;
		}
		if (m->type == MSG_CTL_TEXT &&
		    msg_get_text(m, line, sizeof(line)) == 0)
			complain("%s", line);
		else if (form == NULL || print_row(sh, form, m) == -1) {
			give_up(EXIT_REFUSED, "the daemon sent a message "
			    "that does not belong here");
		}
		/* Nobody reads any more: the rest would be for nothing. */
		if (ferror(stdout))
			give_up(EXIT_REFUSED, "stdout: %s", strerror(errno));
	}
	return finish(sh, form, m);
}

static int
print_row(struct show *sh, const struct show_form *form,
    const struct msg *m)
{
	if (sh->rows == 0)
		form->begin(sh);
	if (form->row(sh, m) == -1)
		return -1;
	sh->rows++;
	return 0;
}

/* A list that breaks off ends well-formed all the same. */
static int
finish(struct show *sh, const struct show_form *form, const struct msg *m)
{
	struct msg_result	res;

	if (msg_get_result(m, &res) == -1 || res.result == RESULT_MORE)
		give_up(EXIT_REFUSED, "the daemon sent no result");
	if (form != NULL && (sh->rows != 0 || res.result == RESULT_OK)) {
		if (sh->rows == 0)
			form->begin(sh);
		form->end(sh);
	}
	free(sh);
	if (res.text[0] != '\0' && form == NULL &&
	    res.result == RESULT_OK) {
		show_safe(stdout, res.text);
		(void)fputc('\n', stdout);
	} else if (res.text[0] != '\0')
		complain("%s", res.text);
	return res.result == RESULT_OK ? EXIT_DONE : EXIT_REFUSED;
}
