# Copyright (c) 2026 The socks5d authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

# Asks this system the questions that the sources cannot answer themselves and
# writes config.mk to stdout.  Each question compiles and links a real program;
# what was tried and said is in config.log.  Nothing is guessed from names or
# versions.  The environment decides where it says something: CC, CFLAGS,
# CPPFLAGS, LDFLAGS, AR, YACC, SANDBOX (seccomp, pledge, none), POLLER, PEERCRED,
# HARDENING=no.

# Flags are kept in strings that are meant to be split.
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

# try flags...: does the program on stdin compile and link with these?
try() {
	cat >"$WORK/t.c"
	{
		echo "-- $CC $CPP $CFLAGS $LDFLAGS -o t t.c $*"
		cat "$WORK/t.c"
	} >>$LOG
	$CC $CPP $CFLAGS $LDFLAGS -o "$WORK/t" "$WORK/t.c" "$@" >>$LOG 2>&1
}

# accepts flags...: does the compiler take them without a word?
accepts() {
	printf '#include <string.h>\nint main(void) { return 0; }\n' |
	    try -Werror "$@"
}

# need what package flags...: the program on stdin must compile and link
need() {
	what=$1 pkg=$2
	shift 2
	try "$@" || die "cannot compile and link a program with $what;" \
	    "install the Debian package $pkg (details are in $LOG)."
	say "$what: yes"
}

CPP=
CFLAGS=${CFLAGS--O2 -g}
LDFLAGS=${LDFLAGS-}
CC=${CC:-$(first cc gcc clang)}
need "the C compiler" gcc -std=c11 <<'EOT'
int main(void) { return 0; }
EOT

# --- flags ---------------------------------------------------------------

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

bsd_program() {
	cat <<-'EOT'
	#include <sys/types.h>
	#include <sys/queue.h>
	#include <sys/tree.h>
	#include <stdlib.h>
	#include <string.h>
	#include <unistd.h>
	int
	main(int argc, char *argv[])
	{
		char		 buf[4];
		const char	*e;

		setproctitle("%s", "probe");
		freezero(recallocarray(NULL, 0, 1, 1), 1);
		return strlcpy(buf, argv[0], 4) + strtonum("1", 0, 9, &e);
	}
	EOT
}

# The BSD names: in libc on a BSD, from libbsd's overlay elsewhere.
LIBS_BSD=
CPP="-D_GNU_SOURCE ${CPPFLAGS-}"
if ! bsd_program | try -Werror; then
	CPP="$CPP $(pkg-config --cflags libbsd-overlay 2>>$LOG)"
	LIBS_BSD=$(lib libbsd-ctor "-lbsd-ctor -lbsd")
fi
bsd_program | need "the functions of BSD" "libbsd-dev and pkg-config" \
    -Werror $LIBS_BSD

LIBS_EVENT=$(lib libevent_core -levent_core)
need libevent libevent-dev $LIBS_EVENT <<'EOT'
#include <event2/event.h>
int main(void) { return event_base_new() == 0; }
EOT

LIBS_CARES=$(lib libcares -lcares)
need c-ares libc-ares-dev $LIBS_CARES <<'EOT'
#include <ares.h>
int main(void) { ares_set_socket_functions(0, 0, 0); return 0; }
EOT

# A missing sandbox stops the build; "none" must be asked for by name.
LIBS_SANDBOX=
if [ -z "${SANDBOX:-}" ] && try -Werror <<'EOT'
#include <unistd.h>
int main(void) { return pledge("stdio", 0); }
EOT
then
	SANDBOX=pledge
fi
case ${SANDBOX:=seccomp} in
seccomp)
	LIBS_SANDBOX=$(lib libseccomp -lseccomp)
	need libseccomp libseccomp-dev $LIBS_SANDBOX <<-'EOT'
	#include <seccomp.h>
	int main(void) { return seccomp_init(SCMP_ACT_KILL_PROCESS) == 0; }
	EOT
	;;
pledge|none)
	;;
*)
	die "SANDBOX=$SANDBOX: it is seccomp, pledge or none."
	;;
esac
say "sandbox: $SANDBOX"

# --- the kernel's own ----------------------------------------------------

# pick default alternative: the second if the program on stdin compiles
pick() {
	if try; then
		echo "$2"
	else
		echo "$1"
	fi
}

POLLER=$(pick kqueue epoll <<'EOT'
#include <sys/epoll.h>
int main(void) { return epoll_create1(EPOLL_CLOEXEC); }
EOT
)
PEERCRED=$(pick bsd linux <<'EOT'
#include <sys/socket.h>
int main(void) { return sizeof(struct ucred) + SO_PEERCRED; }
EOT
)
WALLS=$(pick none linux <<'EOT'
#include <sys/prctl.h>
#include <sched.h>
int main(void) { return unshare(CLONE_NEWNET) + prctl(PR_SET_DUMPABLE, 0); }
EOT
)
say "poller: $POLLER, peer credentials: $PEERCRED, walls: $WALLS"
if [ "$WALLS" = linux ]; then
	LIBS_SANDBOX="$LIBS_SANDBOX $(lib libcap -lcap)"
	need libcap libcap-dev $LIBS_SANDBOX <<-'EOT'
	#include <sys/capability.h>
	int main(void) { return cap_set_proc(cap_init()); }
	EOT
fi

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
LIBS		= $LIBS_EVENT $LIBS_CARES $LIBS_SANDBOX $LIBS_BSD
SANDBOX		= $SANDBOX
POLLER		= $POLLER
PEERCRED	= $PEERCRED
WALLS		= $WALLS

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
