/* SPDX-License-Identifier: ISC */
/* Copyright (c) 2026 The socks5d authors */

/*
 * What base/role.h asks of a configuration: see receiver.h.
 */

#include "base/role.h"
#include "conf/conf.h"
#include "conf/receiver.h"
#include "conf/wire.h"

static int      receive(struct conf **, struct msg *);
static uint32_t generation(const struct conf *);

const struct role_conf conf_receiver = {
	.receive = receive,
	.generation = generation,
	.discard = conf_discard,
};

static int
receive(struct conf **next, struct msg *m)
{
	switch (conf_receive(next, m)) {
	case CONF_MORE:
		return 0;
	case CONF_COMPLETE:
		return 1;
	case CONF_REFUSED:
		break;
	}
	return -1;
}

static uint32_t
generation(const struct conf *conf)
{
	return conf->generation;
}
