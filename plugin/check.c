// SPDX-License-Identifier: GPL-2.0-only
/*
 * collectd-xdp-check: would the plugin work here? Judges the process of collectd, or what its unit
 * would give to it, and the interfaces that it would count on, by the wings of the plugin itself.
 */
#include "plugin/check/check.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <plugin.h>

#include "plugin/check/conf.h"
#include "plugin/check/unit.h"
#include "plugin/config/config.h"
#include "plugin/config/selection.h"
#include "plugin/diagnose/check.h"
#include "plugin/kernel/interfaces.h"
#include "plugin/kernel/privileges.h"
#include "plugin/kernel/process.h"

#define PROGRAM "collectd-xdp-check"
#define UNIT "collectd.service"

enum status { STATUS_WORKS, STATUS_FAILS, STATUS_USAGE, STATUS_NO_UNIT };

/* The one context, for what the config wing says through plugin_log(). */
static struct check check;

void check_say(struct check *own, enum check_verdict verdict, const char *name, const char *text)
{
	static const char *const words[] = {"ok", "note", "FAIL"};

	own->failures += verdict == CHECK_FAIL;
	printf("%-5s %s%s%s\n", words[verdict], name ? name : "", name ? ": " : "", text);
}

/* The config wing refuses options with this function of collectd's. */
void plugin_log(int level, const char *format, ...)
{
	static const char prefix[] = "xdp plugin: ";
	char text[CHECK_TEXT], *start = text;
	va_list arguments;
	size_t length;

	(void)level;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (strncmp(text, prefix, strlen(prefix)) == 0)
		start += strlen(prefix);
	length = strlen(start);
	if (length && start[length - 1] == '.')
		start[length - 1] = '\0';
	check_say(&check, CHECK_FAIL, "configuration", start);
}

/* What stands on the command line. */
struct arguments {
	const char *unit; /* NULL: none */
	const char *conf; /* NULL: none */
	pid_t pid;	  /* 0: none */
	char **names;
	int name_count;
};

static int usage(FILE *file)
{
	fprintf(file, "usage: collectd-xdp-check [-u UNIT | --pid PID] [-c COLLECTD.CONF] "
		      "[INTERFACE...]\n"
		      "See collectd-xdp-check(8).\n");
	return file == stdout ? STATUS_WORKS : STATUS_USAGE;
}

/* Something about the command line is wrong. */
static int complain(enum status status, const char *text)
{
	fprintf(stderr, PROGRAM ": %s\n", text);
	return status;
}

/* Returns -1, or an exit status. */
static int read_arguments(int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {
		{"unit", required_argument, NULL, 'u'},
		{"config", required_argument, NULL, 'c'},
		{"pid", required_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	char *end;
	int option;

	while ((option = getopt_long(argc, argv, "u:c:h", options, NULL)) != -1) {
		switch (option) {
		case 'u':
			arguments->unit = optarg;
			break;
		case 'c':
			arguments->conf = optarg;
			break;
		case 'p':
			arguments->pid = (pid_t)strtol(optarg, &end, 10);
			if (*end || arguments->pid <= 0)
				return usage(stderr);
			break;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	if (arguments->unit && (arguments->pid || !arguments->unit[0]))
		return usage(stderr);
	arguments->names = argv + optind;
	arguments->name_count = argc - optind;
	return -1;
}

/* The tree of a configuration in which all interfaces are selected, and all options have defaults.
 */
static int default_tree(oconfig_item_t **ret_root)
{
	return check_conf_parse("<Plugin xdp>\n Interface \"/./\"\n</Plugin>\n", ret_root);
}

/*
 * Reads the configuration into the context. Returns -1, or an exit status: a configuration that
 * the plugin refuses is a failure, and one that cannot be read is not judged.
 */
static int read_config(const struct arguments *arguments, struct config **ret_config)
{
	char where[CHECK_TEXT / 2], text[CHECK_TEXT];
	const oconfig_item_t *block = NULL;
	oconfig_item_t *root = NULL;
	int status = -1;
	size_t blocks = 0;
	int err = arguments->conf ? check_conf_read(arguments->conf, &root, where, sizeof(where))
				  : default_tree(&root);

	if (err) {
		diagnose_check_conf(arguments->conf ? where : "", err, text, sizeof(text));
		return complain(STATUS_USAGE, text);
	}
	blocks = check_conf_find(root, &block);
	if (!blocks) {
		diagnose_check_no_block(arguments->conf, text, sizeof(text));
		status = complain(STATUS_USAGE, text);
	} else {
		if (blocks > 1) {
			diagnose_check_blocks(arguments->conf, text, sizeof(text));
			check_say(&check, CHECK_FAIL, NULL, text);
		}
		if (config_read(block, ret_config) < 0)
			status = STATUS_FAILS;
	}
	check_conf_free(root);
	return status;
}

/* The names of the command line, as the option Interface takes them. Returns -1, or an exit status.
 */
static int read_names(const struct arguments *arguments, struct selection **ret_names)
{
	struct selection *names;
	char reason[CHECK_TEXT / 2], text[CHECK_TEXT];

	if (!arguments->name_count)
		return -1;
	if (selection_new(&names) < 0)
		return complain(STATUS_USAGE, "no memory");
	for (int i = 0; i < arguments->name_count; i++) {
		if (selection_add(names, arguments->names[i], reason, sizeof(reason)) == 0)
			continue;
		diagnose_check_bad_name(arguments->names[i], reason, text, sizeof(text));
		check_say(&check, CHECK_FAIL, NULL, text);
	}
	*ret_names = names;
	return -1;
}

/* Says who is judged. */
static void name_subject(enum diagnose_check_who who, const char *unit, pid_t pid)
{
	char text[CHECK_TEXT];

	diagnose_check_who(who, unit, (int)pid, text, sizeof(text));
	check_say(&check, CHECK_NOTE, NULL, text);
}

/* Judges a process. Returns 0, or -ESRCH. */
static int take_process(pid_t pid)
{
	check.subject.pid = pid;
	check.subject.group_left = privileges_group_left(pid);
	check.subject.may_write_pins = true;
	return privileges_read_process(pid, &check.subject.privileges);
}

/* A unit that does not run, on this kernel. */
static void take_stopped(const struct check_unit *unit)
{
	struct privileges *privileges = &check.subject.privileges;
	const struct passwd *user = unit->user[0] ? getpwnam(unit->user) : NULL;
	struct privileges own;

	privileges_read(&own);
	*privileges = unit->privileges;
	privileges->kernel_major = own.kernel_major;
	privileges->kernel_minor = own.kernel_minor;
	memcpy(privileges->lockdown, own.lockdown, sizeof(privileges->lockdown));
	/* A user that is not there yet owns nothing. */
	if (unit->user[0])
		privileges->user = user ? user->pw_uid : UINT32_MAX;
	check.subject.pid = getpid();
	check.subject.group_left = unit->privileges.group_memory;
	check.subject.own_network = unit->own_network;
}

static void take_unit(const struct check_unit *unit, const char *name)
{
	if (unit->pid && take_process(unit->pid) == 0) {
		check.subject.daemon = true;
		name_subject(DIAGNOSE_CHECK_RUNNING, name, unit->pid);
	} else {
		take_stopped(unit);
		check.subject.may_write_pins =
			check_unit_may_write(unit, check.config->pin_directory);
		name_subject(DIAGNOSE_CHECK_STOPPED, name, 0);
	}
	check.subject.refuses_bpf = unit->refuses_bpf;
	check.subject.filter_known = unit->filters;
	check.subject.refuses_netlink = unit->refuses_netlink;
}

/* Finds out who is judged. Returns -1, or an exit status. */
static int find_subject(const struct arguments *arguments)
{
	const char *name = arguments->unit ? arguments->unit : UNIT;
	struct check_unit unit;
	char text[CHECK_TEXT];
	int err;

	if (arguments->pid) {
		if (take_process(arguments->pid) < 0) {
			diagnose_check_no_process((int)arguments->pid, text, sizeof(text));
			return complain(STATUS_USAGE, text);
		}
		check.subject.daemon = true;
		name_subject(DIAGNOSE_CHECK_PROCESS, "", arguments->pid);
		return -1;
	}
	err = check_unit_read(name, &unit);
	if (!err) {
		take_unit(&unit, name);
	} else if (arguments->unit) {
		diagnose_check_no_unit(name, err, text, sizeof(text));
		return complain(STATUS_NO_UNIT, text);
	} else {
		(void)take_process(getpid());
		name_subject(DIAGNOSE_CHECK_NO_UNIT, name, 0);
	}
	return -1;
}

/* Where collectd would look for interfaces. False: that cannot be seen, which was said. */
static bool enter_network(void)
{
	char text[CHECK_TEXT];
	bool shares = true;
	int err;

	if (check.subject.own_network) {
		check_say(&check, CHECK_FAIL, NULL,
			  diagnose_check_remark(DIAGNOSE_CHECK_OWN_NETWORK));
		return false;
	}
	err = process_shares_network(check.subject.pid, &shares);
	if (!err && !shares)
		err = process_enter_network(check.subject.pid);
	if (err) {
		diagnose_check_network(err, text, sizeof(text));
		check_say(&check, CHECK_FAIL, NULL, text);
		return false;
	}
	if (!shares)
		check_say(&check, CHECK_NOTE, NULL,
			  diagnose_check_remark(DIAGNOSE_CHECK_OTHER_NETWORK));
	return true;
}

/* All that is judged. */
static int judge(void)
{
	struct interfaces *interfaces = NULL;
	unsigned int rx_queues = 0;
	char text[CHECK_TEXT];

	if (enter_network())
		(void)check_interfaces_open(&check, &interfaces, &rx_queues);
	check_process(&check, rx_queues);
	if (interfaces) {
		check_interfaces(&check, interfaces);
		check_outgoing(&check, interfaces);
	}
	interfaces_close(interfaces);
	diagnose_check_end(check.failures, text, sizeof(text));
	puts(text);
	return check.failures ? STATUS_FAILS : STATUS_WORKS;
}

int main(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct selection *names = NULL;
	struct config *config = NULL;
	int status = read_arguments(argc, argv, &arguments);

	libbpf_set_print(NULL);
	if (status < 0)
		status = read_config(&arguments, &config);
	if (status < 0)
		status = read_names(&arguments, &names);
	check.config = config;
	check.names = names;
	check.all = !arguments.conf && !names;
	if (status < 0)
		status = find_subject(&arguments);
	if (status < 0)
		status = judge();
	selection_free(names);
	config_free(config);
	return status;
}
