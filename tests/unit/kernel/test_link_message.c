// SPDX-License-Identifier: GPL-2.0-only
/* Messages of rtnetlink, made with libmnl as the kernel makes them, and what they say. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "plugin/kernel/link_message.h"

static _Alignas(struct nlmsghdr) char buffer[1024];

/* A message about one interface, without attributes. */
static struct nlmsghdr *new_message(uint16_t type, int index, unsigned char family)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof(*link));

	message->nlmsg_type = type;
	link->ifi_family = family;
	link->ifi_index = index;
	link->ifi_type = ARPHRD_ETHER;
	return message;
}

static void test_link(void **state)
{
	struct nlmsghdr *message = new_message(RTM_NEWLINK, 7, AF_UNSPEC);
	const struct rtnl_link_stats64 counts = {
		.rx_packets = 5, .tx_packets = 6, .rx_bytes = 500, .tx_bytes = 1ULL << 40};
	struct interface interface;
	struct nlattr *nest;

	(void)state;
	mnl_attr_put_strz(message, IFLA_IFNAME, "eth0");
	mnl_attr_put_u32(message, IFLA_MTU, 9000);
	mnl_attr_put_u32(message, IFLA_MASTER, 3);
	mnl_attr_put_u32(message, IFLA_NUM_RX_QUEUES, 8);
	mnl_attr_put(message, IFLA_STATS64, sizeof(counts), &counts);
	nest = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
	mnl_attr_nest_end(message, nest);
	nest = mnl_attr_nest_start(message, IFLA_XDP);
	mnl_attr_put_u8(message, IFLA_XDP_ATTACHED, XDP_ATTACHED_SKB);
	mnl_attr_put_u32(message, IFLA_XDP_PROG_ID, 42);
	mnl_attr_nest_end(message, nest);
	assert_true(link_message_link(message, &interface));
	assert_int_equal(interface.index, 7);
	assert_string_equal(interface.name, "eth0");
	assert_string_equal(interface.kind, "veth");
	assert_int_equal(interface.type, ARPHRD_ETHER);
	assert_int_equal(interface.mtu, 9000);
	assert_int_equal(interface.master, 3);
	assert_int_equal(interface.rx_queues, 8);
	assert_int_equal(interface.hook.mode, XDP_ATTACHED_SKB);
	assert_int_equal(interface.hook.program_id, 42);
	assert_int_equal(interface.received, 5);
	assert_int_equal(interface.sent, 6);
	assert_true(interface.sent_bytes == 1ULL << 40);
}

/* What is not told: hardware, no hook held, one queue. */
static void test_bare_link(void **state)
{
	struct nlmsghdr *message = new_message(RTM_NEWLINK, 1, AF_UNSPEC);
	struct interface interface;

	(void)state;
	mnl_attr_put_strz(message, IFLA_IFNAME, "fifteen-letters");
	assert_true(link_message_link(message, &interface));
	assert_string_equal(interface.name, "fifteen-letters");
	assert_string_equal(interface.kind, "");
	assert_int_equal(interface.rx_queues, 1);
	assert_int_equal(interface.master, 0);
	assert_int_equal(interface.hook.mode, XDP_ATTACHED_NONE);
	assert_int_equal(interface.hook.program_id, 0);
}

/* A device of some kind that names interface 5 by IFLA_LINK, as one with all its relatives does. */
static unsigned int lower_of(const char *kind, bool elsewhere)
{
	struct nlmsghdr *message = new_message(RTM_NEWLINK, 7, AF_UNSPEC);
	struct interface interface;
	struct nlattr *nest;

	mnl_attr_put_strz(message, IFLA_IFNAME, "above");
	mnl_attr_put_u32(message, IFLA_LINK, 5);
	nest = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(message, nest);
	if (elsewhere)
		mnl_attr_put_u32(message, IFLA_LINK_NETNSID, 0);
	assert_true(link_message_link(message, &interface));
	return interface.lower;
}

static void test_lower(void **state)
{
	static const char *const above[] = {"vlan",   "macvlan", "macvtap", "ipvlan",
					    "ipvtap", "macsec",	 "dsa",	    "virt_wifi"};
	static const char *const beside[] = {"veth", "netkit", "gre", "gretap", "ipip", "xfrm"};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(above); i++) {
		assert_int_equal(lower_of(above[i], false), 5);
		/* The index is one of another network namespace. */
		assert_int_equal(lower_of(above[i], true), 0);
	}
	for (size_t i = 0; i < UNIT_LENGTH(beside); i++)
		assert_int_equal(lower_of(beside[i], false), 0);
}

/* A vxlan names it among what is special to its kind; the numbers mean other things elsewhere. */
static void test_vxlan(void **state)
{
	static const char *const kinds[] = {"vxlan", "geneve"};

	(void)state;
	for (size_t i = 0; i < UNIT_LENGTH(kinds); i++) {
		struct nlmsghdr *message = new_message(RTM_NEWLINK, 7, AF_UNSPEC);
		struct nlattr *nest, *data;
		struct interface interface;

		mnl_attr_put_strz(message, IFLA_IFNAME, "above");
		nest = mnl_attr_nest_start(message, IFLA_LINKINFO);
		mnl_attr_put_strz(message, IFLA_INFO_KIND, kinds[i]);
		data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
		mnl_attr_put_u32(message, IFLA_VXLAN_ID, 9);
		mnl_attr_put_u32(message, IFLA_VXLAN_LINK, 5);
		mnl_attr_nest_end(message, data);
		mnl_attr_nest_end(message, nest);
		assert_true(link_message_link(message, &interface));
		assert_int_equal(interface.lower, i == 0 ? 5 : 0);
	}
}

/* What a tap and an ipvlan say of themselves, under numbers that mean other things elsewhere. */
static struct interface with_data(const char *kind, uint16_t type, uint16_t value, size_t size)
{
	struct nlmsghdr *message = new_message(RTM_NEWLINK, 7, AF_UNSPEC);
	struct nlattr *nest = NULL, *data;
	struct interface interface;

	mnl_attr_put_strz(message, IFLA_IFNAME, "tap0");
	nest = mnl_attr_nest_start(message, IFLA_LINKINFO);
	mnl_attr_put_strz(message, IFLA_INFO_KIND, kind);
	data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
	mnl_attr_put(message, type, size, &value);
	mnl_attr_nest_end(message, data);
	mnl_attr_nest_end(message, nest);
	assert_true(link_message_link(message, &interface));
	return interface;
}

static void test_data(void **state)
{
	const uint8_t yes[2] = {1, 1};
	uint16_t both;

	(void)state;
	memcpy(&both, yes, sizeof(both));
	assert_true(with_data("tun", IFLA_TUN_VNET_HDR, both, 1).merged);
	assert_false(with_data("tun", IFLA_TUN_VNET_HDR, 0, 1).merged);
	assert_false(with_data("tun", IFLA_TUN_VNET_HDR, both, 2).merged);
	assert_false(with_data("veth", IFLA_TUN_VNET_HDR, both, 1).merged);
	assert_true(with_data("ipvlan", IFLA_IPVLAN_MODE, IPVLAN_MODE_L3S, 2).behind);
	assert_false(with_data("ipvlan", IFLA_IPVLAN_MODE, IPVLAN_MODE_L3, 2).behind);
	assert_false(with_data("macvlan", IFLA_IPVLAN_MODE, IPVLAN_MODE_L3S, 2).behind);
}

/* What is no whole text, or an empty one, is left out. */
static void test_alternatives(void **state)
{
	struct nlmsghdr *message = new_message(RTM_NEWLINK, 7, AF_UNSPEC);
	struct interface interface;
	char *names = NULL;
	struct nlattr *nest;

	(void)state;
	mnl_attr_put_strz(message, IFLA_IFNAME, "eth0");
	assert_int_equal(link_message_alternatives(message, &names), 0);
	assert_null(names);
	nest = mnl_attr_nest_start(message, IFLA_PROP_LIST);
	mnl_attr_put_strz(message, IFLA_ALT_IFNAME, "uplink");
	mnl_attr_put_strz(message, IFLA_ALT_IFNAME, "");
	mnl_attr_put_str(message, IFLA_ALT_IFNAME, "no end");
	mnl_attr_put(message, IFLA_ALT_IFNAME, 6, "in\0two");
	mnl_attr_put(message, IFLA_ALT_IFNAME, 0, "");
	mnl_attr_put_strz(message, IFLA_IFNAME, "other");
	mnl_attr_put_strz(message, IFLA_ALT_IFNAME, "enp3s0");
	mnl_attr_nest_end(message, nest);
	assert_true(link_message_link(message, &interface));
	assert_string_equal(interface.name, "eth0");
	assert_int_equal(link_message_alternatives(message, &names), 0);
	interface.alternatives = names;
	assert_string_equal(interface_next_alternative(&interface, NULL), "uplink");
	assert_string_equal(interface_next_alternative(&interface, names), "enp3s0");
	assert_null(interface_next_alternative(&interface, names + sizeof("uplink")));
	assert_true(interface_has_name(&interface, "enp3s0"));
	assert_false(interface_has_name(&interface, "other"));
	free(names);
}

static void test_no_link(void **state)
{
	struct nlmsghdr *message = new_message(RTM_NEWLINK, 7, AF_UNSPEC);
	struct interface interface;

	(void)state;
	assert_false(link_message_link(message, &interface));
	mnl_attr_put_strz(message, IFLA_IFNAME, "sixteen-letters-");
	assert_false(link_message_link(message, &interface));
	message = new_message(RTM_NEWLINK, 0, AF_UNSPEC);
	mnl_attr_put_strz(message, IFLA_IFNAME, "eth0");
	assert_false(link_message_link(message, &interface));
	message->nlmsg_len = NLMSG_HDRLEN + sizeof(struct ifinfomsg) - 1;
	assert_false(link_message_link(message, &interface));
}

/* net/bridge tells with RTM_DELLINK that a port is none any more. */
static void test_departed(void **state)
{
	struct nlmsghdr *message;

	(void)state;
	assert_int_equal(link_message_departed(new_message(RTM_DELLINK, 7, AF_UNSPEC)), 7);
	assert_int_equal(link_message_departed(new_message(RTM_DELLINK, 7, AF_BRIDGE)), 0);
	assert_int_equal(link_message_departed(new_message(RTM_NEWLINK, 7, AF_UNSPEC)), 0);
	message = new_message(RTM_DELLINK, 7, AF_UNSPEC);
	message->nlmsg_len = NLMSG_HDRLEN + sizeof(struct ifinfomsg) - 1;
	assert_int_equal(link_message_departed(message), 0);
}

static int error_of(uint16_t type, int error)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	message->nlmsg_type = type;
	*(int *)mnl_nlmsg_put_extra_header(message, sizeof(error)) = error;
	return link_message_error(message);
}

static void test_error(void **state)
{
	struct nlmsghdr *message;

	(void)state;
	assert_int_equal(error_of(NLMSG_ERROR, -ENODEV), -ENODEV);
	assert_int_equal(error_of(NLMSG_ERROR, 0), 0);
	assert_int_equal(error_of(NLMSG_DONE, 0), 0);
	assert_int_equal(error_of(NLMSG_DONE, 5), -EPROTO);
	message = mnl_nlmsg_put_header(buffer);
	message->nlmsg_type = NLMSG_DONE;
	assert_int_equal(link_message_error(message), 0);
	message->nlmsg_type = NLMSG_ERROR;
	assert_int_equal(link_message_error(message), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST("a link is read with name, kind, MTU, master, queues and hook",
			  test_link),
		UNIT_TEST("a link that tells its name alone is hardware with a free hook",
			  test_bare_link),
		UNIT_TEST("what stands on another device names it, if that is in this namespace",
			  test_lower),
		UNIT_TEST("a vxlan that stands on a device names it", test_vxlan),
		UNIT_TEST(
			"a tap says whether packets may be merged, an ipvlan whether they pass by",
			test_data),
		UNIT_TEST("alternative names are those that are whole", test_alternatives),
		UNIT_TEST("a message without name, index or its whole head is no link",
			  test_no_link),
		UNIT_TEST("an interface has gone when it was deleted, not when it left a bridge",
			  test_departed),
		UNIT_TEST("an answer's error is negative, and none where it ends well", test_error),
	};

	return cmocka_run_group_tests_name("interfaces", tests, NULL, NULL);
}
