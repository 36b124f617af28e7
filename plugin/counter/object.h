/* SPDX-License-Identifier: GPL-2.0-only */
/* The counter as libbpf has it. The files of counter/ that load, pin and open it share this. */
#ifndef COLLECTD_XDP_COUNTER_OBJECT_H
#define COLLECTD_XDP_COUNTER_OBJECT_H

#include "plugin/counter/image.h"
#include "plugin/counter/settings.h"

struct counter_object {
	struct counter_image image;
	int program; /* the image's, or the one that was found pinned: see info.same_program */
	struct counter_settings settings;
	struct counter_info info;
};

/* The one of the two programs that is loaded. */
static inline struct bpf_program *counter_object_program(const struct counter_object *object)
{
	return object->settings.next.wanted ? object->image.program_next : object->image.program;
}

#endif
