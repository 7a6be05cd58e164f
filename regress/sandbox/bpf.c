/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * An interpreter of seccomp filters, see bpf.h.
 */

#include <err.h>
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "bpf.h"

/* The machine of a filter: where it is, what it holds, if that is known. */
struct machine {
	size_t   pc;
	uint32_t a;
	int      known;
};

static uint32_t data_word(const struct seccomp_data *, uint32_t);
static void     step(const struct sock_filter *, struct machine *);
static int      holds(const struct sock_filter *, uint32_t);
static void     explore(const struct bpf *, const struct seccomp_data *,
	struct machine, struct bpf_returns *);
static void     add_return(struct bpf_returns *, uint32_t);

void
bpf_export(struct bpf *p, enum proc_id role)
{
	FILE  *f;
	size_t n;

	if ((f = tmpfile()) == NULL)
		err(1, "tmpfile");
	if (sandbox_export(role, fileno(f)) == -1)
		err(1, "sandbox_export %s", proc_name(role));
	rewind(f);
	n = fread(p->insn, 1, sizeof(p->insn), f);
	if (n == 0 || n == sizeof(p->insn) || n % sizeof(p->insn[0]) != 0)
		errx(1, "filter of %s: %zu bytes", proc_name(role), n);
	(void)fclose(f);
	p->n = n / sizeof(p->insn[0]);
}

uint32_t
bpf_run(const struct bpf *p, const struct seccomp_data *d)
{
	const struct sock_filter *i;
	struct machine            m = { 0, 0, 1 };

	for (;;) {
		if (m.pc >= p->n)
			errx(1, "filter runs off its end");
		i = &p->insn[m.pc];
		if (i->code == (BPF_RET | BPF_K))
			return i->k;
		if (i->code == (BPF_LD | BPF_W | BPF_ABS)) {
			m.a = data_word(d, i->k);
			m.pc++;
		} else if (BPF_CLASS(i->code) == BPF_JMP &&
		    BPF_OP(i->code) != BPF_JA)
			m.pc += 1U + (holds(i, m.a) ? i->jt : i->jf);
		else
			step(i, &m);
	}
}

void
bpf_explore(const struct bpf *p, uint32_t arch, uint32_t nr,
    struct bpf_returns *r)
{
	struct seccomp_data d;
	struct machine      m = { 0, 0, 1 };

	memset(&d, 0, sizeof(d));
	d.arch = arch;
	d.nr = (int)nr;
	r->n = 0;
	explore(p, &d, m, r);
}

/* Where a jump depends on an argument, both ways are gone. */
static void
explore(const struct bpf *p, const struct seccomp_data *d, struct machine m,
    struct bpf_returns *r)
{
	const struct sock_filter *i;
	struct machine            other;

	for (;;) {
		if (m.pc >= p->n)
			errx(1, "filter runs off its end");
		i = &p->insn[m.pc];
		if (i->code == (BPF_RET | BPF_K)) {
			add_return(r, i->k);
			return;
		}
		if (i->code == (BPF_LD | BPF_W | BPF_ABS)) {
			m.known = i->k <= offsetof(struct seccomp_data, arch);
			m.a = data_word(d, i->k);
			m.pc++;
		} else if (BPF_CLASS(i->code) == BPF_JMP &&
		    BPF_OP(i->code) != BPF_JA) {
			other = m;
			other.pc += 1U + i->jf;
			if (m.known == 0)
				explore(p, d, other, r);
			if (m.known && holds(i, m.a) == 0)
				m = other;
			else
				m.pc += 1U + i->jt;
		} else
			step(i, &m);
	}
}

static uint32_t
data_word(const struct seccomp_data *d, uint32_t offset)
{
	uint32_t w;

	if (offset % sizeof(w) != 0 || offset > sizeof(*d) - sizeof(w))
		errx(1, "filter reads at %u", offset);
	memcpy(&w, (const char *)d + offset, sizeof(w));
	return w;
}

static void
step(const struct sock_filter *i, struct machine *m)
{
	switch (i->code) {
	case BPF_JMP | BPF_JA:
		m->pc += 1U + i->k;
		break;
	case BPF_ALU | BPF_AND | BPF_K:
		m->a &= i->k;
		m->pc++;
		break;
	default:
		errx(1, "filter has an instruction 0x%x", i->code);
	}
}

static int
holds(const struct sock_filter *i, uint32_t a)
{
	switch (i->code) {
	case BPF_JMP | BPF_JEQ | BPF_K:
		return a == i->k;
	case BPF_JMP | BPF_JGT | BPF_K:
		return a > i->k;
	case BPF_JMP | BPF_JGE | BPF_K:
		return a >= i->k;
	case BPF_JMP | BPF_JSET | BPF_K:
		return (a & i->k) != 0;
	}
	errx(1, "filter has a jump 0x%x", i->code);
}

static void
add_return(struct bpf_returns *r, uint32_t v)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (r->value[i] == v)
			return;
	}
	if (r->n == BPF_RETURNS_MAX)
		errx(1, "filter returns too many different values");
	r->value[r->n++] = v;
}
