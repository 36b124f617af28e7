// SPDX-License-Identifier: GPL-2.0-only
/* ethtool's commands over ioctl(2). */
#include "plugin/kernel/ethtool.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/sockios.h>

/* One ethtool command; `data` begins with its number. SIOCETHTOOL works on any socket. */
static bool ask(int socket, const char *name, void *data)
{
	struct ifreq request = {.ifr_data = data};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(socket, SIOCETHTOOL, &request) == 0;
}

/* More features than any kernel has. */
#define ETHTOOL_FEATURES_MAX 256

/* Number of features, and so of their names; 0: not told. */
static __u32 count_features(int socket, const char *name)
{
	_Alignas(struct ethtool_sset_info) char
		space[sizeof(struct ethtool_sset_info) + sizeof(__u32)] = {0};
	struct ethtool_sset_info *info = (void *)space;

	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ULL << ETH_SS_FEATURES;
	return ask(socket, name, info) && info->data[0] <= ETHTOOL_FEATURES_MAX ? info->data[0] : 0;
}

/* The number of a feature, by its name; -1: there is none of that name. */
static int find_feature(const struct ethtool_gstrings *names, const char *name)
{
	for (__u32 i = 0; i < names->len; i++) {
		if (strncmp((const char *)names->data + (size_t)i * ETH_GSTRING_LEN, name,
			    ETH_GSTRING_LEN) == 0)
			return (int)i;
	}
	return -1;
}

/* What the names of features take. */
#define ETHTOOL_NAMES                                                                              \
	(sizeof(struct ethtool_gstrings) + (size_t)ETHTOOL_FEATURES_MAX * ETH_GSTRING_LEN)

/* Fills the names of features; false where the kernel does not say them. */
static bool list_features(int socket, const char *name, struct ethtool_gstrings *ret_names)
{
	ret_names->cmd = ETHTOOL_GSTRINGS;
	ret_names->string_set = ETH_SS_FEATURES;
	ret_names->len = count_features(socket, name);
	return ret_names->len && ask(socket, name, ret_names);
}

/* Whether LRO ("rx-lro") or GRO in hardware ("rx-gro-hw") is active. */
static bool merges(int socket, const char *name)
{
	static const char *const merging[] = {"rx-lro", "rx-gro-hw"};
	_Alignas(struct ethtool_gstrings) char names_space[ETHTOOL_NAMES] = {0};
	_Alignas(struct ethtool_gfeatures) char
		features_space[sizeof(struct ethtool_gfeatures) +
			       ETHTOOL_FEATURES_MAX / 32 *
				       sizeof(struct ethtool_get_features_block)] = {0};
	struct ethtool_gfeatures *features = (void *)features_space;
	struct ethtool_gstrings *names = (void *)names_space;

	features->cmd = ETHTOOL_GFEATURES;
	features->size = ETHTOOL_FEATURES_MAX / 32;
	if (!list_features(socket, name, names) || !ask(socket, name, features))
		return false;
	for (size_t i = 0; i < sizeof(merging) / sizeof(merging[0]); i++) {
		int bit = find_feature(names, merging[i]);

		if (bit >= 0 && (features->features[bit / 32].active & (1U << bit % 32)))
			return true;
	}
	return false;
}

/* A socket of the family that the plugin needs anyway; -1: none. */
static int open_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static void ask_driver(int socket, const char *name, char ret_driver[ETHTOOL_DRIVER])
{
	struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};

	ret_driver[0] = '\0';
	if (ask(socket, name, &driver))
		snprintf(ret_driver, ETHTOOL_DRIVER, "%.*s", (int)sizeof(driver.driver),
			 driver.driver);
}

void ethtool_driver(const char *name, char ret_driver[ETHTOOL_DRIVER])
{
	int fd = open_socket();

	ret_driver[0] = '\0';
	if (fd < 0)
		return;
	ask_driver(fd, name, ret_driver);
	close(fd);
}

void ethtool_read(const char *name, struct ethtool *ret_device)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	int fd = open_socket();

	*ret_device = (struct ethtool){0};
	if (fd < 0)
		return;
	ask_driver(fd, name, ret_device->driver);
	if (ask(fd, name, &channels)) {
		ret_device->channels = channels.combined_count + channels.rx_count;
		ret_device->channels_max = channels.max_combined + channels.max_rx;
	}
	ret_device->lro = merges(fd, name);
	close(fd);
}

bool ethtool_driver_has_native(const char *driver)
{
	/* Those with ndo_bpf. */
	static const char *const drivers[] = {
		"am65-cpsw-nuss", "atlantic", "bnxt_en",   "cpsw",	    "ena",
		"fbnic",	  "fec",      "fsl_dpa",   "fsl_dpaa2_eth", "fsl_enetc",
		"funeth",	  "gve",      "hv_netvsc", "i40e",	    "ice",
		"idpf",		  "igb",      "igc",	   "ionic",	    "ixgbe",
		"ixgbevf",	  "mana",     "mlx4_en",   "mlx5_core",	    "mtk_soc_eth",
		"mvneta",	  "mvpp2",    "netdevsim", "netsec",	    "nfp",
		"nicvf",	  "qede",     "rvu_nicpf", "rvu_nicvf",	    "sfc",
		"st_gmac",	  "tsnep",    "tun",	   "veth",	    "vif",
		"virtio_net",	  "vmxnet3"};

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (strcmp(driver, drivers[i]) == 0)
			return true;
	}
	return false;
}

uint64_t ethtool_feature(const char *name, const char *feature)
{
	_Alignas(struct ethtool_gstrings) char space[ETHTOOL_NAMES] = {0};
	struct ethtool_gstrings *names = (void *)space;
	int socket = open_socket(), bit = -1;

	if (socket < 0)
		return 0;
	if (list_features(socket, name, names))
		bit = find_feature(names, feature);
	close(socket);
	return bit >= 0 && bit < 64 ? 1ULL << bit : 0;
}
