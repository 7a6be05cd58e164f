/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * socks5ctl: tells a running socks5d what to do and prints what it says.
 *
 * The table of commands below is the only list of them: parsing, usage and
 * the test of the manual page read it.
 */

#include <sys/types.h>

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/msg_list.h"
#include "base/version.h"
#include "client.h"
#include "command.h"
#include "show.h"
#include "table.h"
#include "trial.h"
#include "user.h"

/*
 * The daemon itself gives up after 2 seconds, with a reload after 60, with a
 * change of users after 30; it says each second that one still waits.
 */
#define PATIENCE_MS	5000
#define RELOAD_MS	65000
#define TABLE_MS	65000
#define USER_MS		35000
#define TEST_MS		35000

const struct command	commands[] = {
	{ { "show", "status" }, ARG_NONE, MSG_CTL_STATUS, PAYLOAD_NONE, 0,
	    PATIENCE_MS, &show_status,
	    "the daemon and its processes", SPELL_SHORT },
	{ { "show", "sessions" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_SESSION, PATIENCE_MS, &show_list,
	    "open sessions", SPELL_SHORT },
	{ { "show", "rules" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_RULE, PATIENCE_MS, &show_list,
	    "rules in force, with their counters", SPELL_SHORT },
	{ { "show", "counters" }, ARG_NONE, MSG_CTL_COUNTERS, PAYLOAD_NONE,
	    0, PATIENCE_MS, &show_counters,
	    "counters since the start", SPELL_SHORT },
	{ { "show", "limits" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_LIMIT, PATIENCE_MS, &show_list,
	    "limits in use, and how much of each", SPELL_SHORT },
	{ { "show", "bans" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_BAN, PATIENCE_MS, &show_list,
	    "sources and users banned for failed logins", SPELL_SHORT },
	{ { "show", "users" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_USER, PATIENCE_MS, &show_list,
	    "users, without their hashes", SPELL_SHORT },
	{ { "show", "upstreams" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_PROXY, PATIENCE_MS, &show_list,
	    "members of each upstream and their state", SPELL_SHORT },
	{ { "show", "tables" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_TABLE, PATIENCE_MS, &show_list,
	    "tables and the GeoIP database", SPELL_SHORT },
	{ { "show", "table" }, ARG_NAME, MSG_CTL_TABLE_SHOW,
	    PAYLOAD_TABLE_NAME, 0, PATIENCE_MS, &show_table,
	    "entries of a table", SPELL_SHORT },
	{ { "kill", NULL }, ARG_ID, MSG_CTL_KILL, PAYLOAD_ID, 0,
	    PATIENCE_MS, NULL,
	    "end the session with this id", SPELL_FULL },
	{ { "log", "brief" }, ARG_NONE, MSG_CTL_VERBOSE, PAYLOAD_VALUE, 0,
	    PATIENCE_MS, NULL,
	    "log what an administrator should know", SPELL_SHORT },
	{ { "log", "verbose" }, ARG_NONE, MSG_CTL_VERBOSE, PAYLOAD_VALUE, 1,
	    PATIENCE_MS, NULL,
	    "also log what helps with debugging", SPELL_SHORT },
	{ { "reload", NULL }, ARG_NONE, MSG_CTL_RELOAD, PAYLOAD_NONE, 0,
	    RELOAD_MS, NULL,
	    "read the configuration again", SPELL_SHORT },
	{ { "reload", "revoke" }, ARG_NONE, MSG_CTL_REVOKE, PAYLOAD_NONE, 0,
	    RELOAD_MS, NULL,
	    "and end the sessions that it refuses", SPELL_FULL },
	{ { "stop", NULL }, ARG_NONE, MSG_CTL_STOP, PAYLOAD_VALUE, 0,
	    PATIENCE_MS, NULL,
	    "stop the daemon; sessions have the drain time", SPELL_FULL },
	{ { "stop", "now" }, ARG_NONE, MSG_CTL_STOP, PAYLOAD_VALUE, 1,
	    PATIENCE_MS, NULL,
	    "stop the daemon and end all sessions", SPELL_FULL },
	{ { "table", "add" }, ARG_ENTRIES, MSG_CTL_TABLE, PAYLOAD_TABLE,
	    TABLE_EDIT_ADD, TABLE_MS, NULL,
	    "add entries to a table", SPELL_SHORT },
	{ { "table", "delete" }, ARG_ENTRIES, MSG_CTL_TABLE, PAYLOAD_TABLE,
	    TABLE_EDIT_DELETE, TABLE_MS, NULL,
	    "delete entries from a table", SPELL_FULL },
	{ { "table", "replace" }, ARG_REPLACE, MSG_CTL_TABLE, PAYLOAD_TABLE,
	    TABLE_EDIT_REPLACE, TABLE_MS, NULL,
	    "replace all entries of a table", SPELL_FULL },
	{ { "table", "show" }, ARG_TABLE, MSG_CTL_TABLE_SHOW,
	    PAYLOAD_TABLE_NAME, 0, PATIENCE_MS, &show_table,
	    "the same as \"show table\"", SPELL_SHORT },
	{ { "table", "test" }, ARG_ITEMS, MSG_CTL_TABLE_TEST,
	    PAYLOAD_TABLE_TEST, 0, PATIENCE_MS, &show_table_test,
	    "look for an address, name or user in a table", SPELL_SHORT },
	{ { "test", NULL }, ARG_TRIAL, MSG_CTL_TEST, PAYLOAD_TRIAL, 0,
	    TEST_MS, &show_test,
	    "what would happen to a request, and why", SPELL_SHORT },
	{ { "unban", NULL }, ARG_BAN, MSG_CTL_UNBAN, PAYLOAD_BAN, 0,
	    PATIENCE_MS, NULL,
	    "end a ban", SPELL_FULL },
	{ { "upstream", NULL }, ARG_MEMBER, MSG_CTL_PROXY_SET,
	    PAYLOAD_MEMBER, 0, PATIENCE_MS, NULL,
	    "use a member of an upstream, or do not", SPELL_FULL },
	{ { "user", "add" }, ARG_USER_OPTIONS, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_ADD, USER_MS, NULL,
	    "add a user to the users file", SPELL_SHORT },
	{ { "user", "delete" }, ARG_USER_KILL, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_DELETE, USER_MS, NULL,
	    "delete a user from the users file", SPELL_FULL },
	{ { "user", "disable" }, ARG_USER_KILL, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_DISABLE, USER_MS, NULL,
	    "disable a user's logins", SPELL_FULL },
	{ { "user", "enable" }, ARG_USER_KILL, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_ENABLE, USER_MS, NULL,
	    "enable a user's logins again", SPELL_SHORT },
	{ { "user", "list" }, ARG_NONE, MSG_CTL_LIST, PAYLOAD_LIST,
	    LIST_USER, PATIENCE_MS, &show_list,
	    "the same as \"show users\"", SPELL_SHORT },
	{ { "user", "passwd" }, ARG_USER_PASSWORD, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_PASSWD, USER_MS, NULL,
	    "change a user's password", SPELL_FULL },
	{ { "user", "set" }, ARG_USER_SET, MSG_CTL_USER, PAYLOAD_EDIT,
	    USER_SET, USER_MS, NULL,
	    "change options of a user", SPELL_FULL },
	{ { "hash", NULL }, ARG_METHOD, MSG_NONE, PAYLOAD_NONE, 0,
	    0, NULL,
	    "print the hash of a password; needs no daemon", SPELL_SHORT },
	{ { "help", NULL }, ARG_COMMAND, MSG_NONE, PAYLOAD_NONE, 0,
	    0, NULL,
	    "print this, or how to use a command", SPELL_SHORT },
};

const size_t	ncommands = sizeof(commands) / sizeof(commands[0]);

/* What comes before the words of the command. */
struct options {
	const char	*file;
	const char	*path;		/* of the socket */
	int		 json;
	int		 nwords;	/* what is left of argc */
};

static int	read_options(int, char **, struct options *);
static void	without_daemon(const struct command *, int, char **);
static FILE	*put_payload(struct wbuf *, const struct command *, int,
		    char **, const char *);
static void	put_member(struct wbuf *, int, char **);
static void	put_id(struct wbuf *, const char *);
static int	run(struct channel *, const struct command *, int, FILE *,
		    int);
static int	print_row(struct show *, const struct show_form *,
		    const struct msg *);
static int	print_line(const struct show *, const struct msg *);
static int	goes_on(const struct msg *);
static int	finish(struct show *, const struct show_form *,
		    const struct msg *, int, int);

int
main(int argc, char *argv[])
{
	const struct command	*cmd;
	struct channel		*ch;
	struct options		 o;
	struct sigaction	 ignore;
	struct wbuf		 b;
	uint8_t			 space[MSG_PAYLOAD_MAX];
	FILE			*text;
	int			 nargs, status = EXIT_DONE;

	argv += read_options(argc, argv, &o);
	argc = o.nwords;
	cmd = command_find(argc, argv, &nargs);
	argv += argc - nargs;
	if (o.file != NULL && cmd->payload != PAYLOAD_TABLE)
		command_wrong("table", "-f goes with the commands that change "
		    "a table");
	if (o.json && cmd->request == MSG_NONE)
		command_wrong(cmd->words[0], "-j goes with all commands but "
		    "hash and help");
	if (cmd->request == MSG_NONE) {
		without_daemon(cmd, nargs, argv);
		goto done;
	}
	wbuf_init(&b, space, sizeof(space));
	text = put_payload(&b, cmd, nargs, argv, o.file);
	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &ignore, NULL);
	ch = client_open(o.path);
	client_send(ch, cmd->request, b.len == 0 ? NULL : &b);
	explicit_bzero(space, sizeof(space));
	status = run(ch, cmd, o.json, text, o.file == NULL);
	channel_free(ch);
 done:
	flush_output();
	return status;
}

/* Returns where the words begin. */
static int
read_options(int argc, char **argv, struct options *o)
{
	static const struct option	names[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	int				ch;

	memset(o, 0, sizeof(*o));
	while ((ch = getopt_long(argc, argv, "f:hjs:V", names, NULL)) != -1) {
		switch (ch) {
		case 'f':
			o->file = optarg;
			break;
		case 'h':
			command_help(0, NULL);
			flush_output();
			exit(EXIT_DONE);
		case 'j':
			o->json = 1;
			break;
		case 's':
			o->path = optarg;
			break;
		case 'V':
			(void)printf("socks5ctl %s\n", SOCKS5D_VERSION);
			flush_output();
			exit(EXIT_DONE);
		default:
			command_usage();
		}
	}
	o->nwords = argc - optind;
	/* "show sessions -j", also where getopt(3) stops at the first word. */
	if (o->nwords > 1 && strcmp(argv[argc - 1], "-j") == 0) {
		o->json = 1;
		o->nwords--;
	}
	return optind;
}

static void
without_daemon(const struct command *c, int nargs, char **args)
{
	if (c->argument == ARG_COMMAND)
		command_help(nargs, args);
	else
		user_print_hash(nargs, args);
}

/* Returns a text that follows when the daemon asks for it, or NULL. */
static FILE *
put_payload(struct wbuf *b, const struct command *c, int nargs, char **args,
    const char *file)
{
	switch (c->payload) {
	case PAYLOAD_NONE:
		break;
	case PAYLOAD_VALUE:
		msg_put_u32(b, c->value);
		break;
	case PAYLOAD_LIST:
		msg_put_ctl_list(b, (enum list)c->value);
		break;
	case PAYLOAD_ID:
		put_id(b, args[0]);
		break;
	case PAYLOAD_EDIT:
		user_put_edit(b, (enum user_op)c->value, nargs, args);
		break;
	case PAYLOAD_BAN:
		user_put_unban(b, nargs, args);
		break;
	case PAYLOAD_MEMBER:
		put_member(b, nargs, args);
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
put_member(struct wbuf *b, int nargs, char **args)
{
	static const char *const needed[] = { "NAME", "member", "NUMBER",
		"up or down" };
	struct msg_proxy_set	 set;
	const char		*why;

	memset(&set, 0, sizeof(set));
	if (nargs < 4)
		command_wrong("upstream", "upstream: missing argument: %s",
		    needed[nargs]);
	if (args[0][0] == '\0' || strlcpy(set.upstream, args[0],
	    sizeof(set.upstream)) >= sizeof(set.upstream))
		command_wrong("upstream", "%s: invalid name of an upstream",
		    args[0]);
	if (strcmp(args[1], "member") != 0)
		command_wrong("upstream", "%s: expected \"member\"", args[1]);
	set.member = (uint8_t)strtonum(args[2], 1, PROXY_MEMBERS_MAX, &why);
	if (why != NULL)
		command_wrong("upstream", "%s: invalid number of a member",
		    args[2]);
	set.down = strcmp(args[3], "down") == 0;
	if (!set.down && strcmp(args[3], "up") != 0)
		command_wrong("upstream", "%s: expected \"up\" or \"down\"",
		    args[3]);
	msg_put_proxy_set(b, &set);
}

/* strtonum(3) ends at 2^63. */
static void
put_id(struct wbuf *b, const char *s)
{
	char		*end;
	uint64_t	 id;

	errno = 0;
	id = strtoull(s, &end, 10);
	if (*s < '0' || *s > '9' || errno != 0 || *end != '\0')
		command_wrong("kill", "%s: invalid session id", s);
	msg_put_u64(b, id);
}

static int
run(struct channel *ch, const struct command *cmd, int json, FILE *text,
    int words)
{
	const struct show_kind	*kind = cmd->show;
	const struct show_form	*form;
	struct show		*sh;
	struct msg		*m;

	if ((sh = calloc(1, sizeof(*sh))) == NULL)
		give_up(EXIT_REFUSED, "out of memory");
	sh->out = stdout;
	sh->words = words;
	if (cmd->payload == PAYLOAD_LIST)
		sh->list = (enum list)cmd->value;
	if (kind == NULL)
		kind = &show_result;
	form = json ? &kind->json : &kind->text;
	for (;;) {
		m = client_recv(ch, cmd->patience_ms);
		if (m->type == MSG_CTL_DONE)
			break;
		if (m->type == MSG_CTL_TABLE_NEXT && text != NULL) {
			table_send_text(ch, text);
			continue;
		}
		/* Nothing in it: what was asked for goes on. */
		if (m->type == MSG_CTL_TEXT && goes_on(m))
			continue;
		if ((m->type != MSG_CTL_TEXT || print_line(sh, m) == -1 ||
		    (json && kind == &show_result)) &&
		    print_row(sh, form, m) == -1) {
			give_up(EXIT_REFUSED, "the daemon sent a message "
			    "that does not belong here");
		}
		/* Nobody reads any more: the rest would be for nothing. */
		if (ferror(stdout))
			flush_output();
	}
	return finish(sh, form, m, json, kind == &show_result);
}

/* A line with nothing in it: what was asked for waits for its turn. */
static int
goes_on(const struct msg *m)
{
	char	line[MSG_TEXT_SIZE];

	return msg_get_text(m, line, sizeof(line)) == 0 && line[0] == '\0';
}

/* What is wrong with a line of a file; in a document it is, too. */
static int
print_line(const struct show *sh, const struct msg *m)
{
	char	line[MSG_TEXT_SIZE];

	if (show_line(sh, m, line, sizeof(line)) == -1)
		return -1;
	complain("%s", line);
	return 0;
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

/*
 * A list that breaks off ends well-formed all the same, and a document is
 * there whatever became of the command.
 */
static int
finish(struct show *sh, const struct show_form *form, const struct msg *m,
    int json, int result_only)
{
	struct msg_result	res;
	int			wrong;

	if (msg_get_result(m, &res) == -1 || res.result == RESULT_MORE)
		give_up(EXIT_REFUSED, "the daemon sent no result");
	sh->ok = res.result == RESULT_OK;
	sh->message = res.text;
	if (json || sh->rows != 0 || sh->ok) {
		if (sh->rows == 0)
			form->begin(sh);
		form->end(sh);
	}
	if (res.text[0] != '\0' && sh->ok && result_only) {
		if (!json) {
			show_safe(stdout, res.text);
			(void)fputc('\n', stdout);
		}
	} else if (res.text[0] != '\0')
		complain("%s", res.text);
	wrong = sh->wrong;
	free(sh);
	return res.result == RESULT_OK && !wrong ? EXIT_DONE : EXIT_REFUSED;
}
