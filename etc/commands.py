#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Writes compile_commands.json to stdout: how each source is compiled, for
clangd, clang-tidy and their like.

	commands.py [MAKE]

The rules of the makefiles are asked, by "make -n" in a copy of the sources
where nothing is built yet.  Files for other systems are in no rule; they get
the flags of a neighbour and the headers of regress/lint/bsd.  config.mk must be
there, and nothing is compiled.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

BUILT = (".o", ".d", ".a", ".so")
FLAGS = ("-D", "-I", "-U", "-W", "-O", "-f", "-g", "-i", "-m", "-p", "-std")
WITH_WORD = ("-D", "-I", "-U", "-isystem", "-include", "-idirafter")


def flags(words):
	"""Those of a command that the compiler needs, not the linker."""
	kept, words = [], iter(words)
	for word in words:
		if word in WITH_WORD:
			kept += [word, next(words)]
		elif word.startswith(FLAGS) and not word.startswith(("-Wl,", "-pie")):
			kept.append(word)
	return kept


def entries(top, folder, output):
	for line in output.replace("\\\n", " ").replace(" && ", "\n").splitlines():
		try:
			words = shlex.split(line)
		except ValueError:
			continue
		sources = [w for w in words[1:] if w.endswith(".c")]
		if "-std=c11" not in words:
			continue
		for source in sources:
			where = os.path.join(top, folder)
			path = os.path.normpath(os.path.join(where, source))
			if os.path.exists(path):
				yield entry(where, path, [words[0]] + flags(words))


def entry(where, path, words):
	return {"directory": where, "file": path,
	    "arguments": words + ["-c", path]}


def others(top, found):
	"""Sources that no rule names."""
	for folder, _, files in os.walk(os.path.join(top, "socks5d")):
		for name in files:
			path = os.path.join(folder, name)
			if not name.endswith(".c") or path in found:
				continue
			near = next(e for f, e in sorted(found.items())
			    if os.path.dirname(f) == folder)
			yield entry(near["directory"], path, near["arguments"][:-2] +
			    ["-I" + os.path.join(top, "regress/lint/bsd")])


def main():
	make = sys.argv[1] if len(sys.argv) > 1 else "make"
	top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
	found = {}
	with tempfile.TemporaryDirectory() as copy:
		copy = os.path.join(copy, "tree")
		shutil.copytree(top, copy, ignore=lambda folder, names: [
		    n for n in names if n in (".git", "build") or
		    n.endswith(BUILT) or n in ("depend.mk", "parse.c") or
		    ("." not in n and n + ".c" in names)])
		# The tests link these; the folder that makes them comes last.
		made = [os.path.join(copy, "socks5d", name)
		    for name in ("libsocks5d.a", "socks5d.o")]
		for name in made:
			open(name, "w").close()
		for folder, _, files in sorted(os.walk(copy)):
			# Those two only send make on to the others.
			if "Makefile" not in files or folder in (
			    copy, os.path.join(copy, "regress")):
				continue
			if folder == os.path.dirname(made[0]):
				for name in made:
					os.unlink(name)
			said = subprocess.run([make, "-n", "V=1", "all"],
			    cwd=folder, capture_output=True, text=True)
			folder = os.path.relpath(folder, copy)
			for e in entries(top, folder, said.stdout):
				found.setdefault(e["file"], e)
	found.update((e["file"], e) for e in list(others(top, found)))
	json.dump([found[f] for f in sorted(found)], sys.stdout, indent=1)
	print()


if __name__ == "__main__":
	main()
