#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""What comments of the sources claim and what the tree says.

	comments.py [TOP]

A comment may name a file, a function, a header that somebody uses, and a
system call that a role does not have.  Each of these is looked up; what is not
so is printed, and the exit status is 1.  Sentences are not understood: only

	name.c name.h name.y name.sh name.py, with or without a folder
	name(), if it looks like one of ours: word_word()
	"Used by A and B" in a header: those folders, and no others, include it
	"no name(2)" in *_syscalls.c: there is no CALL of it below
"""

import glob
import os
import re
import sys

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')
FILE = re.compile(r"(?<![\w./<-])((?:[\w-]+/)*[\w*-]+\.(?:c|h|y|sh|py))(?![\w./-]*\w)")
CALL = re.compile(r"(?<![\w.>])([a-z][a-z0-9]*_[a-z0-9_]+)\(\)")
FOLDERS = {
	"parent": "parent", "router": "router", "relay": "relay",
	"relays": "relay", "auth": "auth", "hash": "hash", "loader": "loader",
	"upstream": "upstream", "resolver": "resolver", "control": "control",
	"socks5ctl": "socks5ctl", "config": "config",
}
# Functions of libraries and systems that look like ours, and x_something() and
# name_something(), which stand for many.
FOREIGN = re.compile(r"^(x|name|ares|bufferevent|event|evutil|evbuffer|cap|crypt|"
					 r"epoll|inotify|io|landlock|memfd|mktime|MMDB|process|"
					 r"pthread|sd|seccomp|timegm|vm)_")


def sources(top):
	found = []
	for pattern in ("socks5d/*.c", "socks5d/*/*.[chy]", "socks5ctl/*.[ch]",
					"regress/*/*.[ch]"):
		found += glob.glob(os.path.join(top, pattern))
	return sorted(f for f in found if not f.endswith("config/parse.c"))


def split(text):
	"""The comments, each with its line, and the text without them."""
	comments, rest, at = [], [], 0
	token = re.compile(COMMENT.pattern + "|" + STRING.pattern, re.S)
	for m in token.finditer(text):
		if m.group(0).startswith(("/*", "//")):
			comments.append((text.count("\n", 0, m.start()) + 1, m.group(0)))
			rest.append(text[at:m.start()])
			at = m.end()
	rest.append(text[at:])
	return comments, " ".join(rest)


def flat(comment):
	"""A comment as one line, without its frame."""
	return re.sub(r"\s+", " ", re.sub(r"\n\s*\*", "\n ", comment))


def known_files(top):
	names = set()
	for root, dirs, files in os.walk(top):
		dirs[:] = [d for d in dirs if d not in (".git", "build")]
		for f in files:
			path = os.path.relpath(os.path.join(root, f), top)
			while path:
				names.add(path)
				path = path.partition("/")[2]
	return names


def there(name, names):
	"""A file, or a pattern of such; without a folder anywhere."""
	if "*" in name:
		want = re.compile(re.escape(name).replace(r"\*", r"[\w-]*") + "$")
		return any(want.match(n) for n in names)
	return name in names or name == "parse.c"


def check_used(path, comment, includers):
	""" "Used by the router, which ..., and by auth." against #include."""
	m = re.search(r"Used by ((?:[^.;]|\.\w)*)[.;]", comment)
	if not m or not path.endswith(".h"):
		return
	said = {FOLDERS[w] for w in re.findall(r"[\w.]+", m.group(1))
			if w in FOLDERS}
	if not said:
		return
	if said != includers:
		yield "used by %s, not by %s" % (
			", ".join(sorted(includers)) or "nobody", ", ".join(sorted(said)))


def check_calls(path, comment, code):
	if not path.endswith("_syscalls.c"):
		return
	m = re.search(r"\bno ((?:\w+\(2\)(?:,? (?:and|or|no) )*)+)", comment)
	for name in re.findall(r"(\w+)\(2\)", m.group(1)) if m else ():
		if re.search(r"\bCALL(_IF)?\(%s[,)]" % name, code):
			yield "there is a %s(2) below" % name


def main():
	top = sys.argv[1] if len(sys.argv) > 1 else "."
	texts = {os.path.relpath(f, top): split(open(f, encoding="utf-8").read())
	    for f in sources(top)}
	names = known_files(top)
	functions = set()
	users = {}
	for path, (_, code) in texts.items():
		functions.update(re.findall(r"\b([a-z]\w*)\s*\(", code))
		functions.update(re.findall(r"\(\*(?:const )?([a-z]\w*)\)", code))
		folder = path.split("/")[-2]
		for inc in re.findall(r'#include\s+"([^"]*)"', code):
			users.setdefault(inc, set()).add(folder)
	wrong = 0
	for path, (comments, code) in sorted(texts.items()):
		own = path.split("/")[-2]
		roles = users.get(path.partition("/")[2], set()) & set(FOLDERS.values())
		for line, text in comments:
			text = flat(text)
			faults = ["there is no " + name for name in FILE.findall(text)
			    if not there(name, names)]
			faults += ["there is no %s()" % name for name in CALL.findall(text)
			    if name not in functions and not FOREIGN.match(name)]
			faults += check_used(path, text, roles - {own})
			faults += check_calls(path, text, code)
			if re.search(r"\b[Ll]inked by\b", text):
				faults.append("who links it is for the linker to say")
			for fault in faults:
				print("%s:%d: %s" % (path, line, fault))
				wrong = 1
	return wrong


if __name__ == "__main__":
	sys.exit(main())
