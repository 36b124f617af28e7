// SPDX-License-Identifier: GPL-2.0-only
/* The XDP hook: one program at a time, in one of three modes. */
#include "plugin/hook/xdp_kind.h"

#include "plugin/hook/attach.h"

const struct hook_kind xdp_kind = {
	.pin = "link_",
	.listed = true,
	.plan = attach_plan,
	.open = xdp_link_open,
	.check = xdp_link_check,
	.inspect = xdp_link_inspect,
	.update = xdp_link_update,
	.detach = xdp_link_detach,
	.close = xdp_link_close,
};
