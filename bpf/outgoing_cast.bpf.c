// SPDX-License-Identifier: GPL-2.0-only
/* The counter of what goes out for kernels that let it read their devices: see
 * bpf/length_out.bpf.h. */
#define LENGTH_BY_CAST
#include "bpf/outgoing.bpf.c"
