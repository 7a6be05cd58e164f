/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * socks5ctl: tells a running socks5d what to do and prints what it says.
 *
 * The table of commands is in command_table.c.
 */

#include <sys/types.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/msg_codec.h"
#include "base/version.h"
#include "client.h"
#include "command.h"
#include "flows.h"
#include "payload.h"
#include "say.h"
#include "show.h"
#include "table.h"
#include "user.h"

/* What comes before the words of the command. */
struct options {
	const char   *file;
	const char   *path; /* of the socket */
	int           json;
	int           verbose;
	int           wrong; /* in the flows, which come first */
	struct flows *flows;
	int           nwords; /* what is left of argc */
};

static int  read_options(int, char **, struct options *);
static int  behind(const char *, struct options *);
static void without_daemon(const struct command *, int, char **);
static int run(struct channel *, const struct command *, const struct options *,
    FILE *);
static int print_row(struct show *, const struct show_form *,
    const struct msg *);
static int print_line(const struct show *, const struct msg *);
static int goes_on(const struct msg *);
static int finish(struct show *, const struct show_form *,
    const struct msg_result *, int, int);

int
main(int argc, char *argv[])
{
	const struct command *cmd;
	struct channel       *ch;
	struct options        o;
	struct sigaction      ignore;
	struct wbuf           b;
	uint8_t               space[MSG_PAYLOAD_MAX];
	FILE                 *text;
	int                   nargs, status = EXIT_DONE;

	argv += read_options(argc, argv, &o);
	argc = o.nwords;
	cmd = command_find(argc, argv, &nargs);
	argv += argc - nargs;
	if (o.file != NULL && cmd->payload != PAYLOAD_TABLE)
		give_up_usage("table",
		    "-f goes with the commands that change "
		    "a table");
	if (o.json && cmd->request == MSG_NONE)
		give_up_usage(cmd->words[0],
		    "-j goes with all commands but "
		    "hash and help");
	if (o.verbose &&
	    (cmd->payload != PAYLOAD_LIST || cmd->value != LIST_SESSION))
		give_up_usage("show", "-v goes with show sessions");
	if (cmd->request == MSG_NONE) {
		without_daemon(cmd, nargs, argv);
		goto done;
	}
	wbuf_init(&b, space, sizeof(space));
	text = payload_put(&b, cmd, nargs, argv, o.file);
	memset(&ignore, 0, sizeof(ignore));
	ignore.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &ignore, NULL);
	ch = client_open(o.path);
	if (o.verbose)
		o.flows = flows_get(ch, cmd->patience_ms, &o.wrong);
	client_send(ch, cmd->request, b.len == 0 ? NULL : &b);
	explicit_bzero(space, sizeof(space));
	status = run(ch, cmd, &o, text);
	flows_free(o.flows);
	channel_free(ch);
done:
	flush_output();
	return status;
}

/* Returns where the words begin. */
static int
read_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int ch;

	memset(o, 0, sizeof(*o));
	while ((ch = getopt_long(argc, argv, "f:hjs:Vv", names, NULL)) != -1) {
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
		case 'v':
			o->verbose = 1;
			break;
		default:
			command_usage();
		}
	}
	o->nwords = argc - optind;
	/* "show sessions -j", also where getopt(3) stops at the first word. */
	while (o->nwords > 1 && behind(argv[optind + o->nwords - 1], o))
		o->nwords--;
	return optind;
}

static int
behind(const char *word, struct options *o)
{
	if (word[0] != '-' || word[1] == '\0' ||
	    word[1 + strspn(word + 1, "jv")] != '\0')
		return 0;
	o->json |= strchr(word, 'j') != NULL;
	o->verbose |= strchr(word, 'v') != NULL;
	return 1;
}

static void
without_daemon(const struct command *c, int nargs, char **args)
{
	if (c->argument == ARG_COMMAND)
		command_help(nargs, args);
	else
		user_print_hash(nargs, args);
}

static int
run(struct channel *ch, const struct command *cmd, const struct options *o,
    FILE *text)
{
	const struct show_kind *kind = cmd->show;
	const struct show_form *form;
	struct show            *sh;
	struct msg             *m;
	struct msg_result       res;

	if ((sh = calloc(1, sizeof(*sh))) == NULL)
		give_up(EXIT_REFUSED, "out of memory");
	sh->out = stdout;
	sh->words = o->file == NULL;
	sh->flows = o->flows;
	sh->wrong = o->wrong;
	if (cmd->payload == PAYLOAD_LIST)
		sh->list = (enum list)cmd->value;
	if (kind == NULL)
		kind = &show_result;
	form = o->json ? &kind->json : &kind->text;
	while ((m = client_recv(ch, cmd->patience_ms, &res)) != NULL &&
	    m->type != MSG_CTL_DONE) {
		if (m->type == MSG_CTL_TABLE_NEXT && text != NULL) {
			table_send_text(ch, text);
			continue;
		}
		/* Nothing in it: what was asked for goes on. */
		if (m->type == MSG_CTL_TEXT && goes_on(m))
			continue;
		if ((m->type != MSG_CTL_TEXT || print_line(sh, m) == -1 ||
			(o->json && kind == &show_result)) &&
		    print_row(sh, form, m) == -1) {
			give_up(EXIT_REFUSED,
			    "the daemon sent a message "
			    "that does not belong here");
		}
		/* Nobody reads any more: the rest would be for nothing. */
		if (ferror(stdout))
			flush_output();
	}
	if (m != NULL &&
	    (msg_get_result(m, &res) == -1 || res.result == RESULT_MORE))
		give_up(EXIT_REFUSED, "the daemon sent no result");
	return finish(sh, form, &res, o->json, kind == &show_result);
}

/* A line with nothing in it: what was asked for waits for its turn. */
static int
goes_on(const struct msg *m)
{
	char line[MSG_TEXT_SIZE];

	return msg_get_text(m, line, sizeof(line)) == 0 && line[0] == '\0';
}

/* What is wrong with a line of a file; in a document it is, too. */
static int
print_line(const struct show *sh, const struct msg *m)
{
	char line[MSG_TEXT_SIZE];

	if (show_line(sh, m, line, sizeof(line)) == -1)
		return -1;
	complain("%s", line);
	return 0;
}

static int
print_row(struct show *sh, const struct show_form *form, const struct msg *m)
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
finish(struct show *sh, const struct show_form *form,
    const struct msg_result *res, int json, int result_only)
{
	int wrong;

	sh->ok = res->result == RESULT_OK;
	sh->message = res->text;
	if (json || sh->rows != 0 || sh->ok) {
		if (sh->rows == 0)
			form->begin(sh);
		form->end(sh);
	}
	if (res->text[0] != '\0' && sh->ok && result_only) {
		if (!json) {
			say_safe(stdout, res->text);
			(void)fputc('\n', stdout);
		}
	} else if (res->text[0] != '\0')
		complain("%s", res->text);
	wrong = sh->wrong;
	free(sh);
	return res->result == RESULT_OK && !wrong ? EXIT_DONE : EXIT_REFUSED;
}
