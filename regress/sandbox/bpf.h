/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * A filter as the kernel would run it, and as nobody can: over all arguments
 * at once.
 *
 * For tests.  Fails the test (exits) at an instruction that it does not know.
 */

#ifndef REGRESS_BPF_H
#define REGRESS_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include "base/proc.h"

#define BPF_INSNS_MAX 4096

struct bpf {
	struct sock_filter insn[BPF_INSNS_MAX];
	size_t             n;
};

/* Distinct values that a filter may return to one call. */
#define BPF_RETURNS_MAX 8

struct bpf_returns {
	uint32_t value[BPF_RETURNS_MAX];
	size_t   n;
};

/* Reads the filter that this role would get; exits if there is none. */
void bpf_export(struct bpf *, enum proc_id);

/* What the filter returns for this call. */
uint32_t bpf_run(const struct bpf *, const struct seccomp_data *);

/* All that it may return for a number, whatever the arguments. */
void bpf_explore(const struct bpf *, uint32_t arch, uint32_t nr,
    struct bpf_returns *);

#endif /* REGRESS_BPF_H */
