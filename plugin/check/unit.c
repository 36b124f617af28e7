// SPDX-License-Identifier: GPL-2.0-only
/* Runs `systemctl show` and reads the properties of the unit (systemd.exec(5)). */
#include "plugin/check/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is asked for. */
static const char wanted[] =
	"--property=LoadState,MainPID,User,DynamicUser,CapabilityBoundingSet,AmbientCapabilities,"
	"PrivateUsers,SystemCallFilter,RestrictAddressFamilies,LimitNOFILESoft,LimitMEMLOCKSoft,"
	"MemoryMax,PrivateNetwork,NetworkNamespacePath,ProtectKernelTunables,ReadWritePaths";

/* A part of a text. */
struct part {
	const char *text;
	size_t length;
};

/* The value of a property; "" where there is none. */
static struct part property(const char *properties, const char *name)
{
	size_t length = strlen(name);
	const char *line = properties;

	while (line) {
		if (strncmp(line, name, length) == 0 && line[length] == '=') {
			line += length + 1;
			return (struct part){line, strcspn(line, "\n")};
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return (struct part){"", 0};
}

static bool is(struct part value, const char *text)
{
	return value.length == strlen(text) && strncmp(value.text, text, value.length) == 0;
}

/* The next word of a value, which it is cut off from; of length 0 past the last one. */
static struct part next_word(struct part *value)
{
	struct part word;

	while (value->length && *value->text == ' ') {
		value->text++;
		value->length--;
	}
	word = (struct part){value->text, 0};
	while (word.length < value->length && word.text[word.length] != ' ')
		word.length++;
	value->text += word.length;
	value->length -= word.length;
	return word;
}

static bool has_word(struct part value, const char *text)
{
	struct part word;

	while ((word = next_word(&value)).length) {
		if (is(word, text))
			return true;
	}
	return false;
}

/* Whether a list leaves out what is asked for: "a b" allows these, "~a b" all others; "": all. */
static bool leaves_out(struct part value, const char *text)
{
	if (!value.length)
		return false;
	if (*value.text != '~')
		return !has_word(value, text);
	value.text++;
	value.length--;
	return has_word(value, text);
}

static uint64_t read_capabilities(struct part value)
{
	static const struct {
		const char *name;
		uint64_t bit;
	} names[] = {
		{"cap_dac_override", PRIVILEGES_DAC_OVERRIDE},
		{"cap_net_admin", PRIVILEGES_NET_ADMIN},
		{"cap_sys_admin", PRIVILEGES_SYS_ADMIN},
		{"cap_perfmon", PRIVILEGES_PERFMON},
		{"cap_bpf", PRIVILEGES_BPF},
	};
	uint64_t set = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (has_word(value, names[i].name))
			set |= names[i].bit;
	}
	return set;
}

/* "infinity", and what is no number, is none. */
static uint64_t read_limit(struct part value)
{
	char *end;
	uint64_t limit = strtoull(value.text, &end, 10);

	return end == value.text ? UINT64_MAX : limit;
}

static bool is_yes(const char *properties, const char *name)
{
	return is(property(properties, name), "yes");
}

static void copy(struct part value, char *text, size_t size)
{
	snprintf(text, size, "%.*s", (int)value.length, value.text);
}

void check_unit_parse(const char *properties, struct check_unit *ret_unit)
{
	struct part user = property(properties, "User");
	struct part filter = property(properties, "SystemCallFilter");
	bool root = (!user.length || is(user, "root") || is(user, "0")) &&
		    !is_yes(properties, "DynamicUser");
	uint64_t bounding = read_capabilities(property(properties, "CapabilityBoundingSet"));
	uint64_t ambient = read_capabilities(property(properties, "AmbientCapabilities"));
	struct check_unit unit = {
		.known = is(property(properties, "LoadState"), "loaded"),
		.privileges = {.known = true,
			       .effective = root ? bounding : ambient & bounding,
			       .user_namespace = is_yes(properties, "PrivateUsers"),
			       .seccomp = filter.length ? 2 : 0,
			       .memlock = read_limit(property(properties, "LimitMEMLOCKSoft")),
			       .files = read_limit(property(properties, "LimitNOFILESoft")),
			       .group_memory = read_limit(property(properties, "MemoryMax"))},
		.filters = filter.length > 0,
		.refuses_bpf = leaves_out(filter, "bpf"),
		.refuses_netlink =
			leaves_out(property(properties, "RestrictAddressFamilies"), "AF_NETLINK"),
		.own_network = is_yes(properties, "PrivateNetwork") ||
			       property(properties, "NetworkNamespacePath").length,
		.protects_tunables = is_yes(properties, "ProtectKernelTunables"),
	};

	(void)sscanf(property(properties, "MainPID").text, "%d", &unit.pid);
	if (!root)
		copy(user, unit.user, sizeof(unit.user));
	if (!root && !unit.user[0])
		copy((struct part){"(dynamic)", 9}, unit.user, sizeof(unit.user));
	copy(property(properties, "ReadWritePaths"), unit.writable, sizeof(unit.writable));
	*ret_unit = unit;
}

bool check_unit_may_write(const struct check_unit *unit, const char *directory)
{
	struct part paths = {unit->writable, strlen(unit->writable)}, path;

	if (!unit->protects_tunables)
		return true;
	while ((path = next_word(&paths)).length) {
		/* "-": need not exist; "+": below RootDirectory. */
		while (path.length && (*path.text == '-' || *path.text == '+')) {
			path.text++;
			path.length--;
		}
		if (path.length && strncmp(directory, path.text, path.length) == 0 &&
		    (directory[path.length] == '\0' || directory[path.length] == '/'))
			return true;
	}
	return false;
}

/* Reads all that comes, as far as it fits. */
static void drain(int fd, char *text, size_t size)
{
	size_t used = 0;
	char rest[512];
	ssize_t got;

	do {
		bool fits = used + 1 < size;

		got = read(fd, fits ? text + used : rest, fits ? size - 1 - used : sizeof(rest));
		if (got > 0 && fits)
			used += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	text[used] = '\0';
}

/* What `systemctl show` prints of the unit. Returns 0, -EOPNOTSUPP, or a negative errno. */
static int run_systemctl(const char *name, char *text, size_t size)
{
	const char *const arguments[] = {"systemctl", "show", wanted, "--", name, NULL};
	posix_spawn_file_actions_t actions;
	int pipes[2], status = -1, err;
	pid_t pid;

	if (pipe(pipes) < 0)
		return -errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, pipes[0]);
	posix_spawn_file_actions_addclose(&actions, pipes[1]);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	err = posix_spawnp(&pid, arguments[0], &actions, NULL, (char *const *)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(pipes[1]);
	if (!err) {
		drain(pipes[0], text, size);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(pipes[0]);
	if (err)
		return err == ENOENT ? -EOPNOTSUPP : -err;
	return status == 0 ? 0 : -EOPNOTSUPP;
}

int check_unit_read(const char *name, struct check_unit *ret_unit)
{
	char properties[32768] = "";
	struct check_unit unit;
	int err = run_systemctl(name, properties, sizeof(properties));

	if (err)
		return err;
	check_unit_parse(properties, &unit);
	if (!unit.known)
		return -ENOENT;
	*ret_unit = unit;
	return 0;
}
