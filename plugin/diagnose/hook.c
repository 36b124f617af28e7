// SPDX-License-Identifier: GPL-2.0-only
/* Sentences about interfaces and hooks. */
#include "plugin/diagnose/hook.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "plugin/diagnose/errno_text.h"

static const char *const sentences[DIAGNOSE_HOOK_NEWS] = {
	[DIAGNOSE_HOOK_ABSENT] = "not counted: there is no interface of this name; it is counted "
				 "when it appears, or correct the name",
	[DIAGNOSE_HOOK_DEPARTED] = "no longer counted: the interface went away or was renamed; it "
				   "is counted again when it is back",
	[DIAGNOSE_HOOK_LOST] = "no longer counted: the counter was detached from the hook by "
			       "somebody else; it is attached again unless another program is "
			       "there",
	[DIAGNOSE_HOOK_LOST_OUTGOING] =
		"no longer counted: somebody else detached the counter from the tcx hook; it is "
		"attached again",
	[DIAGNOSE_HOOK_NONE_OUTGOING] =
		"nothing is counted: ReportOutgoing needs tcx hooks, which this kernel does not "
		"have; use Linux 6.6 or later that is built with CONFIG_NET_XGRESS, or set "
		"ReportOutgoing to false",
	[DIAGNOSE_HOOK_RENAMED] = "counting from zero: the interface has got this name",
	[DIAGNOSE_HOOK_READABLE] = "its counts can be read again",
	[DIAGNOSE_HOOK_ANSWERS] = "its link can be asked again",
	[DIAGNOSE_HOOK_PINNED] = "its link is pinned now",
	[DIAGNOSE_HOOK_LOADED] = "the counter is loaded now",
};

const char *diagnose_hook(enum diagnose_hook_news news)
{
	return sentences[news];
}

/* Why packets do not pass the hook of an interface once each, whatever the mode. */
static const char *const obstacles[] = {
	[DIAGNOSE_OBSTACLE_NONE] = "",
	[DIAGNOSE_OBSTACLE_IFB] = "not counted: what is redirected to an ifb does not pass its XDP "
				  "hook; count on the interface that it is redirected from",
	[DIAGNOSE_OBSTACLE_VRF] = "not counted: what a vrf receives passes the XDP hooks of its "
				  "ports, and not its own; select the ports",
	[DIAGNOSE_OBSTACLE_L3S] = "not counted: an ipvlan in mode l3s gets its packets behind the "
				  "XDP hook; count on the interface below it, or use mode l2 or l3",
};

void diagnose_obstacle(enum diagnose_obstacle obstacle, unsigned int type, const char *mode,
		       char *text, size_t size)
{
	switch (obstacle) {
	case DIAGNOSE_OBSTACLE_NO_ETHERNET:
		snprintf(text, size,
			 "not counted: its frames have no Ethernet header (link type %u); leave it "
			 "out of the selection",
			 type);
		break;
	case DIAGNOSE_OBSTACLE_BOND:
		snprintf(text, size,
			 "not counted: a bond has its ports run %s XDP; select the ports, or set "
			 "AttachMode to \"auto\" or \"generic\"",
			 mode);
		break;
	case DIAGNOSE_OBSTACLE_VF:
		snprintf(text, size,
			 "not counted: its driver hands a program in %s mode on to its virtual "
			 "function, whose packets have another index; set AttachMode to \"auto\" "
			 "or \"generic\"",
			 mode);
		break;
	case DIAGNOSE_OBSTACLE_NO_INDEX:
		snprintf(text, size,
			 "not counted: in %s mode its driver does not say by which interface a "
			 "packet came; set AttachMode to \"auto\" or \"generic\"",
			 mode);
		break;
	default:
		snprintf(text, size, "%s", obstacles[obstacle]);
	}
}

void diagnose_hook_repeated(const char *name, const char *other, char *text, size_t size)
{
	snprintf(text, size,
		 "%s is another name of %s, which is counted under that name; leave one of the two "
		 "out",
		 name, other);
}

/* What a pattern has of Perl's expressions that POSIX does not know; NULL: nothing. */
static const char *foreign_part(const char *pattern)
{
	static const char *const hints[][2] = {
		{"\\d", "\\d is Perl's; for a digit write [0-9] or [[:digit:]]"},
		{"\\D", "\\D is Perl's; for what is no digit write [^0-9]"},
		{"\\h", "\\h is Perl's; for a blank write [[:blank:]]"},
		{"(?", "groups that begin with (? are Perl's; write ( and ) alone"},
		{"*?", "*? is Perl's; write * alone"},
		{"+?", "+? is Perl's; write + alone"},
	};

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (strstr(pattern, hints[i][0]))
			return hints[i][1];
	}
	return NULL;
}

void diagnose_hook_vain(const char *pattern, bool ignored, char *text, size_t size)
{
	const char *hint = foreign_part(pattern);

	snprintf(text, size,
		 "Interface \"/%s/\" matches no interface that is there now: those that come later "
		 "are %s when it matches them; %s",
		 pattern, ignored ? "left out" : "counted",
		 hint ? hint : "if some should match by now, correct it (regex(7))");
}

void diagnose_hook_attached(const struct diagnose_attached *facts, char *text, size_t size)
{
	if (facts->lower[0])
		snprintf(
			text, size,
			"counting again in %s mode: its program had stepped aside so that %s below "
			"it could be attached to; packets of that moment passed without it",
			facts->mode, facts->lower);
	else if (!facts->mode)
		snprintf(text, size, "counting at the tcx hook");
	else if (facts->cause[0])
		snprintf(text, size, "counting in %s mode: %s", facts->mode, facts->cause);
	else if (facts->merged)
		snprintf(text, size,
			 "counting in %s mode; packets that the owner of this tap sends merged "
			 "(vnet_hdr) count as one each",
			 facts->mode);
	else
		snprintf(text, size, "counting in %s mode", facts->mode);
}

void diagnose_hook_lro_off(char *text, size_t size)
{
	snprintf(text, size,
		 "LRO or GRO-HW was in the way of it and is off now, for the kernel switches it "
		 "off where generic mode is tried, and never on again; nothing to do, or leave "
		 "this interface out and switch it on again (`ethtool -K` ... lro on)");
}

static void describe_outgoing(const struct diagnose_counts *facts, char *text, size_t size)
{
	if (facts->still)
		snprintf(text, size,
			 "its counts stand still: the counter saw 0 of the %" PRIu64
			 " packets that the kernel sent there in %.1f s, so they do not pass it at "
			 "the tcx hook: XDP_TX, redirects, AF_XDP and PACKET_QDISC_BYPASS never "
			 "do, and a program that was put before it may end the chain; see `bpftool "
			 "net`",
			 facts->kernel, facts->seconds);
	else if (facts->twice)
		snprintf(text, size,
			 "its counts are higher than what is sent: the counter saw %" PRIu64
			 " packets where the kernel sent %" PRIu64 " in %.1f s, so the rest is "
			 "dropped behind it, by a qdisc or a filter, or passes its tcx hook twice, "
			 "as by `tc mirred` through an ifb; see `tc -s qdisc`",
			 facts->counted, facts->kernel, facts->seconds);
	else
		snprintf(text, size, "its counts agree with the kernel's again");
}

void diagnose_hook_counts(const struct diagnose_counts *facts, char *text, size_t size)
{
	if (!facts->mode)
		describe_outgoing(facts, text, size);
	else if (facts->still)
		snprintf(text, size,
			 "its counts stand still: the counter saw 0 of the %" PRIu64
			 " packets that "
			 "the kernel received there in %.1f s, so they do not pass its XDP hook in "
			 "%s mode; %s",
			 facts->kernel, facts->seconds, facts->mode,
			 facts->native ? "set AttachMode to \"generic\""
				       : "count on an interface above or below it");
	else if (facts->twice)
		snprintf(text, size,
			 "its counts are too high: the counter saw %" PRIu64 " packets where the "
			 "kernel received %" PRIu64 " in %.1f s, so they pass its XDP hook twice, "
			 "as by `tc mirred` through an ifb or by IPsec; %s",
			 facts->counted, facts->kernel, facts->seconds,
			 facts->native ? "count on an interface above or below it"
				       : "set AttachMode to \"native\", if its driver has that");
	else
		snprintf(text, size, "its counts agree with the kernel's again");
}

void diagnose_hook_extra_queues(unsigned int queues, unsigned int counted, char *text, size_t size)
{
	snprintf(text, size,
		 "it has %u RX queues, and those from %u on are counted in its totals only: it "
		 "came after the counter was loaded; restart collectd to count them",
		 queues, counted);
}

void diagnose_hook_not_attached(const char *cause, char *text, size_t size)
{
	snprintf(text, size, "not counted: %s", cause);
}

void diagnose_hook_no_slot(int error, char *text, size_t size)
{
	snprintf(text, size,
		 "not counted: the maps of the counter cannot be written (%s); trying again",
		 diagnose_errno_text(error).text);
}

void diagnose_hook_unreadable(int error, char *text, size_t size)
{
	snprintf(text, size,
		 "its counts cannot be read (%s): no values until they can; the counter goes on",
		 diagnose_errno_text(error).text);
}

void diagnose_hook_no_answer(int error, char *text, size_t size)
{
	snprintf(text, size,
		 "its link cannot be asked whether it is still at the hook (%s): counting goes on; "
		 "a loss of the hook is not noticed until it can",
		 diagnose_errno_text(error).text);
}

void diagnose_hook_surplus(size_t count, const char *names, unsigned int most, char *text,
			   size_t size)
{
	snprintf(text, size,
		 "%zu selected interfaces are not counted (%s): MaxInterfaces is %u; set it higher",
		 count, names, most);
}

void diagnose_hook_traffic(size_t came, const char *came_names, size_t went, const char *went_names,
			   char *text, size_t size)
{
	if (came && went)
		snprintf(text, size, "%zu interfaces came and are counted (%s), %zu went (%s)",
			 came, came_names, went, went_names);
	else if (came)
		snprintf(text, size, "%zu interfaces came and are counted (%s)", came, came_names);
	else
		snprintf(text, size, "%zu interfaces went (%s)", went, went_names);
}

void diagnose_hook_not_loaded(const char *cause, char *text, size_t size)
{
	snprintf(text, size, "nothing is counted: %s; trying again", cause);
}

void diagnose_hook_observed(const struct diagnose_holder *holder, char *text, size_t size)
{
	char replaced[48] = "";

	if (holder->replaced)
		snprintf(replaced, sizeof(replaced), " and has replaced program id %u",
			 holder->replaced);
	snprintf(text, size,
		 "observing program %s (id %u, tag %s, %s mode), which holds its XDP hook%s: "
		 "packets are counted there, by its verdict",
		 holder->name, holder->id, holder->tag, holder->mode, replaced);
}
