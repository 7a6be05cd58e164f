#! /usr/bin/env atf-sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# The walls in the source: who may include whom, and who may link whom.  What
# a folder includes is read from the text, what it links from the objects of
# the last build.

# Those of the table of roles; socks5ctl is a program of its own.
ROLES=$(sed -n 's/^	X([A-Z]*,	*\([a-z]*\),.*/\1/p' \
    "$(dirname "$0")/../../socks5d/base/proc.h" | grep -v socks5ctl)

top() {
	cd "$(atf_get_srcdir)/../.." || atf_fail "no top folder"
}

# pure folder...: files of these, without a suffix, that say in their first
# comment that they are pure: they do no I/O and know no event loop.
pure() {
	for folder in "$@"; do
		awk 'FNR == 1 { comment = 0 }
		    /^\/\*$/ { comment++ }
		    comment == 1 && /(^|[^A-Za-z])Pure( codec)?([.:;]| but )/ {
			sub(/\.[chy]$/, "", FILENAME)
			print FILENAME
			nextfile
		    }' "${folder%/}"/*.[chy]
	done | sort -u
}

# includes file...: our own headers that they include
includes() {
	sed -n 's/^#include[ 	]*"\(.*\)".*/\1/p' "$@" | sort -u
}

# defined object... / undefined object...: names of global symbols
defined() {
	nm -g --defined-only "$@" | awk 'NF == 3 { print $3 }' | sort -u
}

undefined() {
	nm -u "$@" | awk '$1 == "U" { print $2 }' | sed 's/@.*//' | sort -u
}

# objects folder...: those of the last build, not what older ones left
objects() {
	for folder in "$@"; do
		for source in "$folder"/*.c; do
			# Some are for other systems.
			[ ! -f "${source%.c}.o" ] || echo "${source%.c}.o"
		done
	done
}

atf_test_case roles_by_include
roles_by_include_head() {
	atf_set descr "no role includes a header of another role, none but" \
	    "the parent those of the parser"
}
roles_by_include_body() {
	top
	cd socks5d || atf_fail "no folder"
	for role in $ROLES; do
		for inc in $(includes "$role"/*.[ch]); do
			case $inc in
			base/*|conf/*|socks/*|table/*|compat/*|"$role"/*)
				;;
			config/*)
				[ "$role" = parent ] || echo "$role includes $inc"
				;;
			users/*)
				[ "$role" = parent ] || [ "$role" = auth ] ||
				    echo "$role includes $inc"
				;;
			*)
				echo "$role includes $inc"
				;;
			esac
		done
	done >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_test_case shared_by_include
shared_by_include_head() {
	atf_set descr "shared folders include no role, pure files nothing" \
	    "that waits for events"
}
shared_by_include_body() {
	top
	cd socks5d || atf_fail "no folder"
	{
		for folder in base conf users config socks table compat; do
			for inc in $(includes $folder/*.[chy]); do
				case $folder:$inc in
				base:conf/*|base:config/*|base:users/*|base:socks/*|base:table/*)
					echo "base includes $inc"
					;;
				config:config/*|*:base/*|*:conf/*|*:users/*)
					;;
				*:socks/*|*:table/*|*:compat/*)
					;;
				*)
					echo "$folder includes $inc"
					;;
				esac
			done
		done
		for file in $(pure */); do
			grep -slE '<event2/|"base/(channel|child|role|sandbox)' \
			    "$file.c" "$file.h"
		done
		# Only its own header and the buffers: bytes in, structs out.
		includes socks/*.[ch] |
		    grep -vE '^(socks/(socks|udp)|base/(addr|buf|hostname))\.h$' |
		    sed 's/^/socks includes /'
		includes table/*.[ch] |
		    grep -vE '^(table/[a-z]*|compat/nitems|base/(addr|hostname|login|msg_table|text))\.h$' |
		    sed 's/^/table includes /'
	} >"$HOME/found" 2>&1
	atf_check cat "$HOME/found"
}

atf_test_case main_by_include
main_by_include_head() {
	atf_set descr "only socks5d.c knows the roles, and one header of each"
}
main_by_include_body() {
	top
	cd socks5d || atf_fail "no folder"
	for role in $ROLES; do
		echo "$role/$role.h"
	done | sort >"$HOME/roles"
	includes socks5d.c | grep -E "^($(echo $ROLES | tr ' ' '|'))/" \
	    >"$HOME/found"
	atf_check -o file:"$HOME/roles" cat "$HOME/found"
}

atf_test_case order_of_roles
order_of_roles_head() {
	atf_set descr "nothing rests on the order of the table of roles"
}
order_of_roles_body() {
	top
	grep -rnE '(<|>)=? *PROC_[A-Z]+' --include='*.[chy]' socks5d \
	    socks5ctl regress | grep -vE '(<|>)=? *PROC_MAX' \
	    >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_test_case users_of_roles
users_of_roles_head() {
	atf_set descr "each role but the parent has a system user, and no" \
	    "other has one"
}
users_of_roles_body() {
	top
	for role in $ROLES; do
		[ "$role" = parent ] || echo "_socks5d_$role"
	done | sort >"$HOME/users"
	atf_check test -s "$HOME/users"
	atf_check -o file:"$HOME/users" sh -c \
	    "awk '\$1 == \"u\" && \$2 ~ /_.*_/ { print \$2 }' \
	    etc/socks5d.sysusers | sort"
}

atf_test_case ctl_by_include
ctl_by_include_head() {
	atf_set descr "socks5ctl sees its own headers, those of pure files" \
	    "and the channel"
}
ctl_by_include_body() {
	top
	for inc in $(includes socks5ctl/*.[ch]); do
		[ -f "socks5ctl/$inc" ] && continue
		# The channel is no pure file, but it knows no event loop.
		case " $(cd socks5d && echo $(pure base conf users) \
		    base/log base/clock base/channel) " in
		*" ${inc%.h} "*)
			;;
		*)
			echo "socks5ctl includes $inc"
			;;
		esac
	done >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_test_case base_by_include
base_by_include_head() {
	atf_set descr "what socks5ctl links of base includes of the rest of" \
	    "it pure files only"
}
base_by_include_body() {
	top
	shared=$(grep -o 'base/[a-z_]*\.o' socks5ctl/Makefile | sed 's/\.o$//')
	cd socks5d || atf_fail "no folder"
	# These have a header, but no object of that name.
	may=" $(echo $shared $(pure base)) base/bulk base/msg_field compat/nitems "
	for file in $shared; do
		for inc in $(includes "$file".[ch]); do
			case $may in
			*" ${inc%.h} "*)
				;;
			*)
				echo "$file includes $inc"
				;;
			esac
		done
	done >"$HOME/found"
	atf_check test -n "$(echo $shared)"
	atf_check cat "$HOME/found"
}

atf_test_case headers_alone
headers_alone_head() {
	atf_set descr "each header compiles alone and twice, with a guard"
}
headers_alone_body() {
	top
	cpp=$(sed -n 's/^CPPFLAGS[ 	]*= //p' config.mk)
	cc=$(sed -n 's/^CC[ 	]*= //p' config.mk)
	cd socks5d || atf_fail "no folder"
	for h in */*.h ../socks5ctl/*.h; do
		[ -f "$h" ] || continue
		printf '#include "%s"\n#include "%s"\n' "$h" "$h" \
		    >"$HOME/alone.c"
		$cc -std=c11 -Wall -Werror $cpp -I. -I../socks5ctl \
		    -fsyntax-only "$HOME/alone.c" 2>&1 || echo "$h"
	done >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_test_case roles_by_symbol
roles_by_symbol_head() {
	atf_set descr "no object of a role needs a symbol of another role"
}
roles_by_symbol_body() {
	top
	cd socks5d || atf_fail "no folder"
	for role in $ROLES; do
		defined $(objects "$role") >"$HOME/$role.def"
		undefined $(objects "$role") >"$HOME/$role.und"
	done
	atf_check test -s "$HOME/router.und" -a -s "$HOME/relay.def"
	for role in $ROLES; do
		for other in $ROLES; do
			[ "$role" = "$other" ] && continue
			comm -12 "$HOME/$role.und" "$HOME/$other.def" |
			    sed "s/^/$role needs of $other: /"
		done
	done >"$HOME/found"
	atf_check cat "$HOME/found"
}

# twice file...: functions that two folders define, with both files.  The text
# is read and not the objects, as a build with two of a name has none to read.
twice() {
	awk 'FNR == 1 { last = "" }
	    /^[a-z_][a-z_0-9]*\(/ && last !~ /^static|^#|\\$/ {
		name = $0
		sub(/\(.*/, "", name)
		folder = FILENAME
		sub(/\/[^\/]*$/, "", folder)
		if (!(name in file)) {
			file[name] = FILENAME
			first[name] = folder
		} else if (first[name] != folder)
			print name "(): " file[name] " and " FILENAME
	    }
	    { last = $0 }' "$@"
}

atf_test_case names_once
names_once_head() {
	atf_set descr "no two folders define a function of one name, which" \
	    "the linker of the one program would take for one"
}
names_once_body() {
	top
	cd socks5d || atf_fail "no folder"
	twice */*.c >"$HOME/found"
	atf_check cat "$HOME/found"
	# It sees what it looks for.
	mkdir -p "$HOME/t/parent" "$HOME/t/router"
	cd "$HOME/t" || atf_fail "no folder"
	printf '%s\n' "int" "revoke_init(void)" "static void" "f(void)" |
	    tee parent/revoke.c >router/revoke.c
	atf_check -o inline:"revoke_init(): parent/revoke.c and \
router/revoke.c\n" cat <<-EOT
		$(twice */*.c)
	EOT
}

atf_test_case shared_by_symbol
shared_by_symbol_head() {
	atf_set descr "shared objects need nothing of a role but its list of" \
	    "system calls"
}
shared_by_symbol_body() {
	top
	cd socks5d || atf_fail "no folder"
	defined $(objects $ROLES | grep -v '_syscalls\.o$') \
	    >"$HOME/roles.def"
	undefined $(objects base conf users config socks table compat) >"$HOME/shared.und"
	atf_check test -s "$HOME/roles.def" -a -s "$HOME/shared.und"
	atf_check comm -12 "$HOME/shared.und" "$HOME/roles.def"
}

atf_test_case pure_by_symbol
pure_by_symbol_head() {
	atf_set descr "pure files open nothing, send nothing, await nothing"
}
pure_by_symbol_body() {
	top
	cd socks5d || atf_fail "no folder"
	pure */ >"$HOME/pure"
	atf_check test -s "$HOME/pure"
	for file in $(cat "$HOME/pure"); do
		# Some are headers alone.
		[ ! -f "$file.c" ] || undefined "$file.o" |
		    grep -E '^(event_|evutil|epoll|poll|select|socket|connect|bind|listen|accept|send|recv|open|read|write|fork|exec|kill|sleep|syslog)' |
		    sed "s,^,$file needs ,"
	done >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_test_case relay_by_symbol
relay_by_symbol_head() {
	atf_set descr "the relay's own code makes, names and opens nothing"
}
relay_by_symbol_body() {
	top
	cd socks5d || atf_fail "no folder"
	undefined $(objects relay) |
	    grep -xE '(socket(pair)?|connect|bind|listen|accept4?|send(to|m?msg)?|recvfrom|recvmmsg|open(at)?(64)?(_2|64_2)?|fopen(64)?|creat|dup[23]?|(v)?fork|exec.*|clone|system|popen|syscall|ptrace|prctl|setsockopt|getaddrinfo|event_.*|ioctl|kill)' \
	    >"$HOME/found"
	# setsockopt is there for a reset that is passed on, and the filter
	# allows that one option.
	atf_check -s ignore -o save:"$HOME/rest" grep -vx setsockopt \
	    "$HOME/found"
	atf_check cat "$HOME/rest"
}

atf_test_case parser_by_symbol
parser_by_symbol_head() {
	atf_set descr "the parser of what root wrote is linked by the parent" \
	    "alone"
}
parser_by_symbol_body() {
	top
	cd socks5d || atf_fail "no folder"
	defined $(objects config) config/parse.o >"$HOME/parser"
	atf_check test -s "$HOME/parser"
	for folder in $ROLES base conf users socks table compat; do
		[ "$folder" = parent ] && continue
		undefined $(objects "$folder") | comm -12 - "$HOME/parser" |
		    sed "s/^/$folder needs /"
	done >"$HOME/found"
	atf_check cat "$HOME/found"
}

atf_init_test_cases() {
	atf_add_test_case roles_by_include
	atf_add_test_case shared_by_include
	atf_add_test_case main_by_include
	atf_add_test_case order_of_roles
	atf_add_test_case users_of_roles
	atf_add_test_case ctl_by_include
	atf_add_test_case base_by_include
	atf_add_test_case headers_alone
	atf_add_test_case roles_by_symbol
	atf_add_test_case names_once
	atf_add_test_case shared_by_symbol
	atf_add_test_case pure_by_symbol
	atf_add_test_case relay_by_symbol
	atf_add_test_case parser_by_symbol
}
