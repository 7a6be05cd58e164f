# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The socks5d authors

# Asks this system the questions that the sources cannot answer themselves and
# writes config.mk to stdout.  Each question compiles and links a real program;
# what was tried and said is in config.log.  Nothing is guessed from names or
# versions.  The environment decides where it says something: CC, CFLAGS,
# CPPFLAGS, LDFLAGS, AR, YACC, SANDBOX (seccomp, pledge, none), HARDENING=no.

# Flags and lists of headers are kept in strings that are meant to be split.
# shellcheck disable=SC2086
set -u

LOG=config.log
WORK=$(mktemp -d "${TMPDIR:-/tmp}/probe.XXXXXX") || exit 1
trap 'rm -rf "$WORK"' EXIT
trap 'exit 1' HUP INT TERM
: >$LOG

say() {
	echo "probe: $*" >&2
	echo "== $*" >>$LOG
}

die() {
	say "$*"
	exit 1
}

# first command...: the first of these that is there
first() {
	for cmd in "$@"; do
		command -v "${cmd%% *}" >/dev/null 2>&1 && echo "$cmd" && return
	done
}

# lib module fallback: how to link a library that pkg-config may know
lib() {
	pkg-config --libs "$1" 2>>$LOG || echo "$2"
}

# try headers expressions flags...: does a program that includes these headers
# and takes the value of these expressions compile and link with these flags?
try() {
	for header in $1; do
		echo "#include <$header>"
	done >"$WORK/t.c"
	echo "int main(void) { return !($2); }" >>"$WORK/t.c"
	shift 2
	{
		echo "-- $CC $CPP $CFLAGS $LDFLAGS -o t t.c $*"
		cat "$WORK/t.c"
	} >>$LOG
	$CC $CPP $CFLAGS $LDFLAGS -o "$WORK/t" "$WORK/t.c" "$@" >>$LOG 2>&1
}

# need what package headers expressions flags...: try() must succeed
need() {
	what=$1 package=$2
	shift 2
	try "$@" || die "cannot compile and link a program with $what;" \
	    "install the Debian package $package (details are in $LOG)."
	say "$what: yes"
}

# pick yes no headers expressions flags...: one of two names
pick() {
	yes=$1 no=$2
	shift 2
	if try "$@" -Werror; then
		echo "$yes"
	else
		echo "$no"
	fi
}

CPP=
CFLAGS=${CFLAGS--O2 -g}
LDFLAGS=${LDFLAGS-}
CC=${CC:-$(first cc gcc clang)}
need "the C compiler" gcc "" 0 -std=c11

# --- flags ---------------------------------------------------------------

# accepts flags...: does the compiler take them without a word?
accepts() {
	try string.h 0 -Werror "$@"
}

HARD_C=
HARD_LD=
if [ "${HARDENING:-yes}" = yes ]; then
	for f in -D_FORTIFY_SOURCE=2 -D_FORTIFY_SOURCE=3; do
		accepts -U_FORTIFY_SOURCE $f && HARD_C="-U_FORTIFY_SOURCE $f"
	done
	for f in -fstack-protector-strong -fstack-clash-protection \
	    -fcf-protection -fPIE; do
		accepts $f && HARD_C="$HARD_C $f"
	done
	for f in -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack \
	    -Wl,-z,separate-code; do
		accepts -fPIE $f && HARD_LD="$HARD_LD $f"
	done
fi
say "hardening: $HARD_C $HARD_LD"

# --- libraries -----------------------------------------------------------

# The BSD names: in libc on a BSD, from libbsd's overlay elsewhere.
BSD_H="sys/types.h sys/queue.h sys/tree.h stdlib.h string.h unistd.h"
BSD='setproctitle("%s", "probe"), recallocarray(0, 0, 1, 1),
    freezero(0, 0), strlcpy((char[4]){ 0 }, "", 4) + strtonum("1", 0, 9, 0)'
CPP="-D_GNU_SOURCE ${CPPFLAGS-}"
LIBS_BSD=
if ! try "$BSD_H" "$BSD"; then
	CPP="$CPP $(pkg-config --cflags libbsd-overlay 2>>$LOG)"
	LIBS_BSD=$(lib libbsd-ctor "-lbsd-ctor -lbsd")
fi
need "the functions of BSD" "libbsd-dev and pkg-config" "$BSD_H" "$BSD" \
    $LIBS_BSD

LIBS_EVENT=$(lib libevent_core -levent_core)
need libevent libevent-dev event2/event.h 'event_base_new()' $LIBS_EVENT

LIBS_CARES=$(lib libcares -lcares)
need c-ares libc-ares-dev ares.h 'ares_library_init(ARES_LIB_INIT_ALL)' \
    $LIBS_CARES
CARES=$(pick ex legacy ares.h 'ares_set_socket_functions_ex(0, 0, 0)' \
    $LIBS_CARES)
CARESOPT=$(pick cache none ares.h \
    'sizeof(((struct ares_options *)0)->qcache_max_ttl) +
    ARES_OPT_UDP_MAX_QUERIES + ARES_OPT_MAXTIMEOUTMS' $LIBS_CARES)

LIBS_MAXMIND=$(lib libmaxminddb -lmaxminddb)
need libmaxminddb libmaxminddb-dev maxminddb.h 'MMDB_lib_version()' \
    $LIBS_MAXMIND

# SHA-2 and crypt(3): in libc on a BSD.
LIBS_MD=$(lib libmd -lmd)
need libmd libmd-dev "sys/types.h sha2.h" \
    '(SHA256Init(&(SHA2_CTX){ 0 }), 0)' $LIBS_MD
LIBS_CRYPT=$(lib libcrypt -lcrypt)
need libxcrypt libcrypt-dev crypt.h 'crypt_checksalt("")' $LIBS_CRYPT

# --- the system ----------------------------------------------------------

# A missing sandbox stops the build; "none" must be asked for by name.
LIBS_SYSTEM=
SANDBOX=${SANDBOX:-$(pick pledge seccomp unistd.h 'pledge("stdio", 0)')}
case $SANDBOX in
seccomp)
	LIBS_SYSTEM=$(lib libseccomp -lseccomp)
	need libseccomp libseccomp-dev seccomp.h \
	    'seccomp_init(SCMP_ACT_KILL_PROCESS)' $LIBS_SYSTEM
	;;
pledge|none)
	;;
*)
	die "SANDBOX=$SANDBOX: it is seccomp, pledge or none."
	;;
esac
UDP=$(pick linux none netinet/in.h 'IP_PMTUDISC_DO')
SPLICE=$(pick linux none fcntl.h 'splice(0, 0, 1, 0, 1, SPLICE_F_MOVE)')
SEALED=$(pick memfd file "sys/mman.h fcntl.h" \
    'memfd_create("", MFD_ALLOW_SEALING) + F_ADD_SEALS')
POLLER=$(pick epoll kqueue sys/epoll.h 'epoll_create1(EPOLL_CLOEXEC)')
TCPOPT=$(pick linux none netinet/tcp.h 'TCP_KEEPIDLE + TCP_USER_TIMEOUT')
SOCKCLASS=$(pick linux none sys/socket.h 'SO_MARK + SO_BINDTODEVICE')
if [ "$SOCKCLASS" = none ]; then
	SOCKCLASS=$(pick rtable none "sys/types.h sys/socket.h" 'SO_RTABLE')
fi
BIGMEM=$(pick glibc none malloc.h 'mallopt(M_MMAP_THRESHOLD, 1)')
IFWATCH=$(pick netlink route linux/rtnetlink.h 'RTMGRP_IPV4_IFADDR')
PEERCRED=$(pick linux bsd sys/socket.h 'sizeof(struct ucred) + SO_PEERCRED')
WALLS=$(pick linux none "sys/prctl.h sched.h" \
    'unshare(CLONE_NEWNET) + prctl(PR_SET_DUMPABLE, 0)')
if [ "$WALLS" = linux ]; then
	LIBS_SYSTEM="$LIBS_SYSTEM $(lib libcap -lcap)"
	need libcap libcap-dev sys/capability.h 'cap_set_proc(cap_init())' \
	    $LIBS_SYSTEM
fi
say "sandbox: $SANDBOX, walls: $WALLS, poller: $POLLER, peers: $PEERCRED"

# Any yacc that takes -o and makes something of a grammar.
YACC=${YACC:-$(first byacc yacc 'bison -y')}
printf '%%token A\n%%%%\ns : A ;\n%%%%\n' >"$WORK/t.y"
$YACC -o "$WORK/y.c" "$WORK/t.y" >>$LOG 2>&1 ||
    die "there is no yacc; install the Debian package byacc."
say "yacc: $YACC"

# --- the answers ---------------------------------------------------------

cat <<EOT
# Written by socks5d/probe.sh; what it tried is in $LOG.

CC		= $CC
AR		= ${AR:-ar}
YACC		= $YACC
CPPFLAGS	= $CPP
CFLAGS		= $CFLAGS
WARNINGS	= -Wall -Wextra -Wshadow -Wstrict-prototypes \\
		  -Wmissing-prototypes -Wmissing-declarations \\
		  -Wpointer-arith -Wcast-qual -Wsign-compare -Wformat=2 \\
		  -Wno-unused-parameter
CFLAGS_ALL	= -std=c11 \$(WARNINGS) $HARD_C
LDFLAGS		= $LDFLAGS
LDFLAGS_ALL	= $HARD_LD
LIBS_BSD	= $LIBS_BSD
LIBS_CRYPT	= $LIBS_CRYPT
LIBS		= $LIBS_EVENT $LIBS_CARES $LIBS_MAXMIND $LIBS_CRYPT $LIBS_MD $LIBS_SYSTEM $LIBS_BSD
SANDBOX		= $SANDBOX
POLLER		= $POLLER
SPLICE		= $SPLICE
UDP		= $UDP
SEALED		= $SEALED
SOCKCLASS	= $SOCKCLASS
TCPOPT		= $TCPOPT
BIGMEM		= $BIGMEM
CARES		= $CARES
CARESOPT	= $CARESOPT
IFWATCH		= $IFWATCH
PEERCRED	= $PEERCRED
WALLS		= $WALLS

# Every command that makes a file begins with \$(SAY_\$(V)): a short line for it,
# and the command itself with "make V=1".
SAY_		= @echo "	\$@";
SAY_0		= \$(SAY_)
SAY_1		=

# What differs between two installs of the same build.
PREFIX		?= /usr/local
SBINDIR		?= \$(PREFIX)/sbin
MANDIR		?= \$(PREFIX)/share/man
SYSCONFDIR	?= /etc
EXAMPLEDIR	?= \$(PREFIX)/share/examples/socks5d
UNITDIR		?= \$(PREFIX)/lib/systemd/system
SYSUSERSDIR	?= \$(PREFIX)/lib/sysusers.d
TMPFILESDIR	?= \$(PREFIX)/lib/tmpfiles.d
EOT
