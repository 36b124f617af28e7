// SPDX-License-Identifier: GPL-2.0-only
/* One sentence for each cause and each event. */
#include "plugin/diagnose/next.h"

#include <stdbool.h>
#include <stdio.h>

#include "plugin/diagnose/errno_text.h"

/* Those without a number or a name in them. */
static const char *const causes[] = {
	[DIAGNOSE_NEXT_CALLABLE] = "",
	[DIAGNOSE_NEXT_NOTHING_PINNED] =
		"nothing is pinned there; load and pin the program (`bpftool prog load`)",
	[DIAGNOSE_NEXT_NOT_OPENED] =
		"no permission, or it is no pin on a bpf file system; pin the program (`bpftool "
		"prog load`), readable and writable for collectd",
	[DIAGNOSE_NEXT_NO_PROGRAM] = "what is pinned there is no program; pin the program",
	[DIAGNOSE_NEXT_FOR_LIBXDP] =
		"it is made for libxdp's dispatcher; load it without, as by `bpftool prog load`",
	[DIAGNOSE_NEXT_COUNTER] =
		"it is a counter of this plugin; pin the program that is to decide",
	[DIAGNOSE_NEXT_DEVICE] =
		"it is bound to a device; load it without (`bpftool prog load` without dev, "
		"xdpmeta_dev)",
	[DIAGNOSE_NEXT_FOR_ENTRIES] =
		"it is made for the entries of a devmap or cpumap; pin one from SEC(\"xdp\") or "
		"SEC(\"xdp.frags\")",
	[DIAGNOSE_NEXT_ATTACH_TYPE] =
		"it was loaded without the expected attach type BPF_XDP; load it by libbpf, from "
		"SEC(\"xdp\") or SEC(\"xdp.frags\")",
	[DIAGNOSE_NEXT_INTERPRETED] =
		"it is interpreted, and a program that is compiled cannot call it; load it with "
		"net.core.bpf_jit_enable=1",
	[DIAGNOSE_NEXT_COMPILED] = "it is compiled, and a counter that is interpreted, as it would "
				   "be now, cannot call "
				   "it; set net.core.bpf_jit_enable to 1 and restart collectd",
	[DIAGNOSE_NEXT_NOT_FOR_PLAIN] = "the kernel lets no plain XDP program call it; load it by "
					"libbpf, from SEC(\"xdp\") "
					"or SEC(\"xdp.frags\")",
	[DIAGNOSE_NEXT_NOT_FOR_ANY] = "the kernel lets no program call it; pin a plain XDP program",
	[DIAGNOSE_NEXT_EXTENDED] =
		"one of its functions is replaced (freplace), as in libxdp's dispatcher, and the "
		"kernel lets no other program call it then; detach what replaces it, or pin a "
		"program that is whole",
	[DIAGNOSE_NEXT_WITH_FRAGS] =
		"it is loaded for packets of several buffers (xdp.frags), and the counter is not; "
		"restart collectd, which then loads the counter to match",
	[DIAGNOSE_NEXT_WITHOUT_FRAGS] =
		"it is not loaded for packets of several buffers (xdp.frags), and the counter is; "
		"restart collectd, which then loads the counter to match",
};

void diagnose_next_refusal(const struct diagnose_next_refusal *refusal, char *text, size_t size)
{
	switch (refusal->cause) {
	case DIAGNOSE_NEXT_OTHER_TYPE:
		snprintf(text, size,
			 "its type is %s, and XDP is what is called; pin an XDP program",
			 refusal->type ? refusal->type : "unknown");
		return;
	case DIAGNOSE_NEXT_REFUSED_BY_KERNEL:
		snprintf(text, size,
			 "the kernel refuses it (%s); pin a program like the one in use",
			 diagnose_errno_text(refusal->error).text);
		return;
	case DIAGNOSE_NEXT_NOT_TOLD:
		snprintf(text, size, "the kernel does not tell (%s); trying again",
			 diagnose_errno_text(refusal->error).text);
		return;
	default:
		snprintf(text, size, "%s", causes[refusal->cause]);
	}
}

struct name {
	char text[64];
};

/* "NAME (id N, tag T)" */
static struct name name_of(const struct diagnose_next_program *program)
{
	bool named = program->name && program->name[0], tagged = program->tag && program->tag[0];
	struct name name;

	snprintf(name.text, sizeof(name.text), "%s%s(id %u%s%s)", named ? program->name : "",
		 named ? " " : "", program->id, tagged ? ", tag " : "", tagged ? program->tag : "");
	return name;
}

/* What is at the path cannot be called. */
static void say_refused(const struct diagnose_next *facts, char *text, size_t size)
{
	const struct name name = name_of(&facts->program);
	char why[256];

	diagnose_next_refusal(facts->refusal, why, sizeof(why));
	if (facts->event == DIAGNOSE_NEXT_UNUSABLE)
		snprintf(text, size, "Next %s cannot be called: %s", facts->path, why);
	else if (facts->event == DIAGNOSE_NEXT_KEPT_FROM_LAST)
		snprintf(text, size,
			 "Next %s cannot be called: %s; the counter still calls program %s of the "
			 "last start",
			 facts->path, why, name.text);
	else
		snprintf(text, size,
			 "Next %s cannot be called: %s; the counter still calls program %s",
			 facts->path, why, name.text);
}

/* A program is called. */
static void say_called(const struct diagnose_next *facts, char *text, size_t size)
{
	const struct name name = name_of(&facts->program), before = name_of(&facts->before);
	const char *path = facts->path;

	if (facts->event == DIAGNOSE_NEXT_BEGUN)
		snprintf(text, size, "Next %s: program %s is called after counting", path,
			 name.text);
	else if (facts->event == DIAGNOSE_NEXT_BEGUN_WITHOUT_FRAGS)
		snprintf(
			text, size,
			"Next %s: program %s is called after counting; it is not loaded for "
			"packets of several buffers (xdp.frags), and so the counter is not: native "
			"mode wants an MTU that fits into one",
			path, name.text);
	else if (facts->event == DIAGNOSE_NEXT_REPLACED)
		snprintf(text, size, "Next %s: program %s is called from now on, in place of %s",
			 path, name.text, before.text);
	else
		snprintf(text, size, "Next %s: program %s is there again", path, name.text);
}

/* Somebody else has changed the slot. */
static void say_slot(const struct diagnose_next *facts, char *text, size_t size)
{
	const struct name name = name_of(&facts->program);

	if (facts->event == DIAGNOSE_NEXT_WAS_EMPTY)
		snprintf(text, size,
			 "Next: the slot of the last start was emptied by somebody else, and "
			 "packets passed without program %s; it is called again",
			 name.text);
	else if (facts->event == DIAGNOSE_NEXT_RESTORED)
		snprintf(text, size,
			 "Next: its slot was emptied or filled by somebody else, and packets went "
			 "by without program %s; it is called again",
			 name.text);
	else
		snprintf(text, size,
			 "Next: its slot was emptied or filled by somebody else, and program %s is "
			 "no longer called; pin the program at %s again",
			 name.text, facts->path);
}

/* Somebody else has removed the pin of the slot. */
static void say_pin(const struct diagnose_next *facts, char *text, size_t size)
{
	if (facts->event == DIAGNOSE_NEXT_PIN_RESTORED)
		snprintf(text, size,
			 "Next: the pin %s of its slot was removed from %s by somebody else; it is "
			 "there again",
			 facts->pin, facts->directory);
	else
		snprintf(text, size,
			 "Next: the pin %s of its slot was removed from %s and cannot be put back "
			 "(%s): when collectd ends, packets pass; restart collectd now",
			 facts->pin, facts->directory, diagnose_errno_text(facts->error).text);
}

void diagnose_next(const struct diagnose_next *facts, char *text, size_t size)
{
	switch (facts->event) {
	case DIAGNOSE_NEXT_UNUSABLE:
	case DIAGNOSE_NEXT_KEPT_FROM_LAST:
	case DIAGNOSE_NEXT_KEPT:
		say_refused(facts, text, size);
		return;
	case DIAGNOSE_NEXT_BEGUN:
	case DIAGNOSE_NEXT_BEGUN_WITHOUT_FRAGS:
	case DIAGNOSE_NEXT_REPLACED:
	case DIAGNOSE_NEXT_BACK:
		say_called(facts, text, size);
		return;
	case DIAGNOSE_NEXT_WAS_EMPTY:
	case DIAGNOSE_NEXT_RESTORED:
	case DIAGNOSE_NEXT_LOST:
		say_slot(facts, text, size);
		return;
	case DIAGNOSE_NEXT_PIN_RESTORED:
	case DIAGNOSE_NEXT_PIN_LOST:
		say_pin(facts, text, size);
		return;
	case DIAGNOSE_NEXT_ENDED:
		snprintf(text, size,
			 "Next is off: the program of the last start (id %u) is no longer called, "
			 "and packets pass",
			 facts->program.id);
		return;
	}
}
