// SPDX-License-Identifier: GPL-2.0-only
/* The counter with another verdict, for one measurement: without what the stack does with a packet.
 */
#include <linux/bpf.h>

#define XDP_PASS XDP_DROP
#include "bpf/count_cast.bpf.c"
