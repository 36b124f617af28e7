// SPDX-License-Identifier: GPL-2.0-only
/* The counter for kernels that let it read its own struct xdp_buff: see bpf/length.bpf.h. */
#define LENGTH_BY_CAST
#include "bpf/count.bpf.c"
