#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

"""Adds up what processes dumped (dump.c) and prints what of each folder ran.

	merge.py DUMPS TOP

TOP is the tree that was compiled for it; gcov(1) reads the sums there.
"""

import collections
import glob
import os
import re
import struct
import subprocess
import sys

COUNTERS = 0x01a10000		# of arcs, the only ones that --coverage makes


def blocks(path):
	"""Each name.gcda of a dump, with its bytes."""
	with open(path, "rb") as f:
		used = struct.unpack("<I", f.read(4))[0]
		data = f.read(used)
	at = 0
	while at < len(data):
		end = data.index(b"\0", at)
		name = data[at:end].decode()
		size = struct.unpack_from("<I", data, end + 1)[0]
		yield name, data[end + 5:end + 5 + size]
		at = end + 5 + size


def records(data):
	"""Header, then (tag, length, payload); a negative length is of zeros."""
	found, at = [], 16
	while at + 8 <= len(data):
		tag, length = struct.unpack_from("<Ii", data, at)
		if tag == 0:
			break
		size = max(length, 0)
		found.append([tag, length, data[at + 8:at + 8 + size]])
		at += 8 + size
	return data[:16], found


def add(sums, name, data):
	header, new = records(data)
	if name not in sums:
		sums[name] = (header, new)
		return
	for old, more in zip(sums[name][1], new):
		if old[0] != COUNTERS or more[1] < 0:
			continue
		if old[1] < 0:
			old[1:] = more[1:]
			continue
		n = old[1] // 8
		old[2] = struct.pack("<%dQ" % n, *map(sum, zip(
		    struct.unpack("<%dQ" % n, old[2]),
		    struct.unpack("<%dQ" % n, more[2]))))


def covered(top, name):
	"""Lines of the source that ran, and all."""
	said = subprocess.run(["gcov", "-n", name], cwd=os.path.join(
	    top, "socks5ctl" if "/socks5ctl/" in name else "socks5d"),
	    capture_output=True, text=True).stdout
	source = os.path.basename(name)[:-5]
	for m in re.finditer(r"File '(.*)'\nLines executed:([\d.]+)% of (\d+)",
	    said):
		if re.search(r"(^|/)%s\.[cy]$" % re.escape(source), m.group(1)):
			lines = int(m.group(3))
			return round(float(m.group(2)) * lines / 100), lines
	return 0, 0


def main():
	dumps, top = sys.argv[1:3]
	sums = {}
	for path in glob.glob(os.path.join(dumps, "*")):
		for name, data in blocks(path):
			add(sums, name, data)
	for name, (header, parts) in sums.items():
		with open(name, "wb") as f:
			f.write(header)
			for tag, length, payload in parts:
				f.write(struct.pack("<Ii", tag, length) + payload)
			f.write(bytes(4))
	ran = collections.defaultdict(lambda: [0, 0])
	for note in glob.glob(os.path.join(top, "socks5*/**/*.gcno"),
	    recursive=True):
		folder = os.path.basename(os.path.dirname(note))
		lines = covered(top, note[:-5] + ".gcda")
		for key in (folder, "in total"):
			ran[key][0] += lines[0]
			ran[key][1] += lines[1]
	for key in sorted(ran, key=lambda k: (k == "in total", k)):
		n, lines = ran[key]
		print("%-12s %5.1f %% of %5d lines" % (
		    key, 100 * n / max(lines, 1), lines))


if __name__ == "__main__":
	main()
