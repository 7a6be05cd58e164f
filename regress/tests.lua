-- SPDX-License-Identifier: ISC
-- Copyright (c) 2026 The socks5d authors

-- For the Kyuafile of a folder: its test programs are those whose source is
-- there, name_test.c and name_test.sh, and nobody writes their names down.
-- What is in "exclusive" by its name runs while no other test does.

local names = {}
for file in fs.files(".") do
	if file:match("_test%.sh$") then
		table.insert(names, file)
	elseif file:match("_test%.c$") then
		table.insert(names, (file:gsub("%.c$", "")))
	end
end
table.sort(names)

for _, name in ipairs(names) do
	atf_test_program{name=name,
	    is_exclusive=exclusive and exclusive[name]}
end
