#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""The storeys of a folder: which of its files stand on which.

	storeys.py [-C TOP] [FOLDER ...]	files by level, the lowest last
	storeys.py [-C TOP] -c			circles, with what makes them
	storeys.py [-C TOP] -f			edges between folders
	storeys.py [-C TOP] -u FILE ...		who uses a file, by folder

A file stands on another one if its object needs a symbol of that one's, as nm
tells of the last build; between folders an #include counts as well.  Calls
through pointers are no edges, which is what makes them a way up.  A circle is
a set of files that all stand on one another: none can be read, tested or
changed alone.  FOLDER is router, base, socks5ctl and so on.
"""

import argparse
import collections
import glob
import os
import re
import subprocess
import sys


def objects(top):
	"""Each object that has a source: folder, name, path."""
	found = []
	for pattern in ("socks5d/*/*.o", "socks5d/*.o", "socks5ctl/*.o"):
		for path in sorted(glob.glob(os.path.join(top, pattern))):
			base = path[:-2]
			if os.path.exists(base + ".c") or os.path.exists(base + ".y"):
				folder = os.path.basename(os.path.dirname(base))
				found.append((folder, os.path.basename(base), path))
	return found


def symbols(path):
	"""What an object defines for others and what it needs of them."""
	nm = subprocess.run(["nm", "-g", path], capture_output=True, text=True,
						check=True)
	defined, needed = set(), set()
	for line in nm.stdout.splitlines():
		*_, kind, name = line.split()
		if kind in "Uw":
			needed.add(name)
		else:
			defined.add(name)
	return defined, needed


def graph(top):
	"""{ file: { file: symbols } } of all objects; a file is folder/name."""
	owner, needs = {}, {}
	for folder, name, path in objects(top):
		node = folder + "/" + name
		defined, needs[node] = symbols(path)
		if folder != "socks5ctl":
			owner.update((s, node) for s in defined)
		else:
			# It is a program of its own: main() is in both.
			owner.update((s, node) for s in defined if s != "main")
	edges = {}
	for node, names in needs.items():
		edges[node] = collections.defaultdict(set)
		for s in names:
			if owner.get(s, node) != node:
				edges[node][owner[s]].add(s)
	return edges


def within(edges, folder):
	return {n: {t: s for t, s in out.items() if t.startswith(folder + "/")}
			for n, out in edges.items() if n.startswith(folder + "/")}


def components(edges):
	"""Sets of files that stand on one another, each after what it needs."""
	order, low, on, stack, found = {}, {}, set(), [], []

	def visit(n):
		order[n] = low[n] = len(order)
		stack.append(n)
		on.add(n)
		for t in sorted(edges[n]):
			if t not in order:
				visit(t)
				low[n] = min(low[n], low[t])
			elif t in on:
				low[n] = min(low[n], order[t])
		if low[n] == order[n]:
			group = []
			while not group or group[-1] != n:
				group.append(stack.pop())
				on.discard(group[-1])
			found.append(sorted(group))

	sys.setrecursionlimit(10000)
	for n in sorted(edges):
		if n not in order:
			visit(n)
	return found


def storeys(edges):
	"""[(level, files)]: a level above all that it stands on."""
	level = {}
	for group in components(edges):
		up = max((level[t] + 1 for n in group for t in edges[n]
		    if t not in group), default=0)
		level.update((n, up) for n in group)
	by = collections.defaultdict(list)
	for group in components(edges):
		names = [n.split("/")[1] for n in group]
		by[level[group[0]]].append(
			"(%s)" % " ".join(names) if len(names) > 1 else names[0])
	return sorted(by.items(), reverse=True)


def folders(edges):
	return sorted({n.split("/")[0] for n in edges})


def between(edges, top):
	"""{ (from, to): why } between folders, by symbol and by include."""
	why = collections.defaultdict(set)
	for node, out in edges.items():
		for t in out:
			a, b = node.split("/")[0], t.split("/")[0]
			if a != b:
				why[a, b].add("%s needs %s" % (node, t))
	for path in (glob.glob(os.path.join(top, "socks5d/*/*.[chy]")) +
	    glob.glob(os.path.join(top, "socks5ctl/*.[ch]"))):
		a = os.path.basename(os.path.dirname(path))
		if path.endswith("config/parse.c"):
			continue
		with open(path, encoding="utf-8") as f:
			for inc in re.findall(r'^#include\s+"(\w+)/[^"]*"', f.read(), re.M):
				if inc != a:
					why[a, inc].add("%s/%s includes of %s" % (
						a, os.path.basename(path), inc))
	return why


def print_circles(edges):
	for folder in folders(edges):
		own = within(edges, folder)
		for group in components(own):
			if len(group) < 2:
				continue
			print(folder, len(group))
			for n in group:
				for t in group:
					if t in own[n]:
						print("\t%s -> %s: %s" % (
							n.split("/")[1], t.split("/")[1],
							" ".join(sorted(own[n][t]))))


def print_users(edges, names):
	for name in names:
		name = re.sub(r"\.[choy]$", "", name)
		users = sorted(n for n in edges if name in edges[n])
		by = collections.defaultdict(list)
		for n in users:
			by[n.split("/")[0]].append(n.split("/")[1])
		print(name)
		for folder in sorted(by):
			print("\t%s: %s" % (folder, " ".join(by[folder])))


def main():
	parser = argparse.ArgumentParser(usage=__doc__)
	parser.add_argument("-C", dest="top", default=os.path.join(
		os.path.dirname(os.path.abspath(__file__)), "../.."))
	parser.add_argument("-c", dest="circles", action="store_true")
	parser.add_argument("-f", dest="folders", action="store_true")
	parser.add_argument("-u", dest="users", action="store_true")
	parser.add_argument("names", nargs="*")
	args = parser.parse_args()
	edges = graph(args.top)
	if not edges:
		sys.exit("no objects: run make first")
	if args.circles:
		print_circles(edges)
	elif args.folders:
		for (a, b), why in sorted(between(edges, args.top).items()):
			for w in sorted(why):
				print("%s %s\t%s" % (a, b, w))
	elif args.users:
		print_users(edges, args.names)
	else:
		for folder in args.names or folders(edges):
			print(folder)
			for level, names in storeys(within(edges, folder)):
				print("%4d  %s" % (level, " ".join(names)))


if __name__ == "__main__":
	main()
