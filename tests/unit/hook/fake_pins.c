// SPDX-License-Identifier: GPL-2.0-only
/* The rest of the fake kernel: the directory of pins, and what is asked about programs. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/fake_kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin/base/trusted_dir.h"
#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/ethtool.h"
#include "plugin/kernel/privileges.h"

static struct fake_pin *find_pin(const char *name)
{
	for (int i = 0; i < FAKE_PINS; i++) {
		if (name[0] && strcmp(kernel.pins[i].name, name) == 0 &&
		    kernel.pins[i].apart == kernel.apart)
			return &kernel.pins[i];
	}
	return NULL;
}

const struct fake_pin *fake_kernel_pin(const char *name)
{
	return find_pin(name);
}

/* The pin goes, and with it, perhaps, what it kept. */
static void unpin(struct fake_pin *pin)
{
	struct fake_pin gone = *pin;

	*pin = (struct fake_pin){0};
	if (gone.kind == PIN_DIR_LINK)
		fake_kernel_drop_reference(gone.object);
}

void fake_kernel_put_pin(const char *name, enum pin_dir_kind kind, int object)
{
	struct fake_pin *pin = find_pin(name);

	if (kind == PIN_DIR_LINK)
		kernel.links[object].references++;
	if (pin)
		unpin(pin);
	for (int i = 0; !pin && i < FAKE_PINS; i++) {
		if (!kernel.pins[i].name[0])
			pin = &kernel.pins[i];
	}
	assert_non_null(pin);
	*pin = (struct fake_pin){.apart = kernel.apart, .kind = kind, .object = object};
	snprintf(pin->name, sizeof(pin->name), "%s", name);
}

int fake_kernel_put_link(const char *name, unsigned int ifindex, uint32_t program_id)
{
	for (int i = 0; i < FAKE_LINKS; i++) {
		if (kernel.links[i].exists)
			continue;
		kernel.links[i] = (struct fake_link){
			.exists = true, .ifindex = ifindex, .program_id = program_id};
		if (ifindex) {
			fake_kernel_device(ifindex)->link = i;
			fake_kernel_device(ifindex)->mode = XDP_LINK_NATIVE;
		}
		fake_kernel_put_pin(name, PIN_DIR_LINK, i);
		return i;
	}
	fail_msg("no link left");
	return -1;
}

/* --- plugin/kernel/pin_dir.h */

static int pins_object;

static bool has_pins(bool apart)
{
	for (int i = 0; i < FAKE_PINS; i++) {
		if (kernel.pins[i].name[0] && kernel.pins[i].apart == apart)
			return true;
	}
	return false;
}

/* Which of both directories is the instance's, as in kernel/pin_dir.c. */
static bool is_apart(const char *owner, enum pin_dir_which which)
{
	if (strcmp(kernel.owners[1], owner) == 0)
		return true;
	return has_pins(false) && strcmp(kernel.owners[0], owner) != 0 &&
	       (kernel.owners[0][0] || which == PIN_DIR_OWN_MADE);
}

int pin_dir_open(const char *parent, const char *owner, enum pin_dir_which which,
		 struct pin_dir **ret_pins, struct trusted_dir_flaw *ret_flaw)
{
	bool create = which != PIN_DIR_FOUND;
	int err = fake_kernel_call("pin_dir_open", "%s", create ? " create" : "");
	bool apart = is_apart(owner, which);

	assert_string_equal(parent, "/pins");
	if (err == -EUCLEAN && ret_flaw)
		*ret_flaw =
			(struct trusted_dir_flaw){.path = "/pins", .owner = 65534, .foreign = true};
	if (err)
		return err;
	if (kernel.locked_by_others)
		return -EWOULDBLOCK;
	assert_false(kernel.locked);
	if (!has_pins(apart) && !create)
		return -ENOENT;
	if (!has_pins(apart))
		snprintf(kernel.owners[apart], sizeof(kernel.owners[0]), "%s", owner);
	kernel.apart = apart;
	kernel.locked = true;
	*ret_pins = (struct pin_dir *)&pins_object;
	return 0;
}

static void name_folder(bool apart, char *name, size_t size)
{
	snprintf(name, size, "net-%u%s", (unsigned int)kernel.namespaces[apart],
		 apart ? "-apart" : "");
}

int pin_dir_folders(const char *path, void (*each)(void *context, const char *name), void *context)
{
	int err = fake_kernel_call("folders", "%s", "");
	char name[32];

	assert_string_equal(path, "/pins");
	for (int i = 0; !err && i < 2; i++) {
		name_folder(i, name, sizeof(name));
		if (has_pins(i))
			each(context, name);
	}
	return err;
}

int pin_dir_open_named(const char *parent, const char *name, struct pin_dir **ret_pins)
{
	int err = fake_kernel_call("pin_dir_open_named", " %s", name);

	assert_string_equal(parent, "/pins");
	if (err)
		return err;
	if (kernel.locked_by_others)
		return -EWOULDBLOCK;
	assert_false(kernel.locked);
	kernel.apart = strstr(name, "-apart");
	kernel.locked = true;
	*ret_pins = (struct pin_dir *)&pins_object;
	return 0;
}

uint64_t pin_dir_namespace(const char *name)
{
	return (uint64_t)atoi(name + strlen("net-"));
}

int pin_dir_own_namespace(uint64_t *ret_inode)
{
	*ret_inode = 1;
	return fake_kernel_call("pin_dir_own_namespace", "%s", "");
}

enum process_network process_network_seen(uint64_t inode)
{
	assert_true(inode != 1);
	return kernel.seen;
}

bool process_may_take_file(void)
{
	return true;
}

const char *pin_dir_owner(const struct pin_dir *pins)
{
	assert_non_null(pins);
	return kernel.owners[kernel.apart];
}

int pin_dir_own(struct pin_dir *pins, const char *owner)
{
	int err = fake_kernel_call("own", " %s", owner);

	assert_non_null(pins);
	assert_string_equal(kernel.owners[kernel.apart], "");
	if (!err)
		snprintf(kernel.owners[kernel.apart], sizeof(kernel.owners[0]), "%s", owner);
	return err;
}

void pin_dir_close(struct pin_dir *pins)
{
	if (pins)
		kernel.locked = false;
}

const char *pin_dir_path(const struct pin_dir *pins)
{
	static char path[64] = "/pins/";

	assert_non_null(pins);
	name_folder(kernel.apart, path + strlen("/pins/"), 32);
	return path;
}

static const struct fake_fd *fd_of(int fd)
{
	const struct fake_fd *found = &kernel.fds[fd - 100];

	assert_true(found->open);
	return found;
}

int pin_dir_put(const struct pin_dir *pins, const char *name, int fd)
{
	int err = fake_kernel_call("pin", " %s", name);

	assert_non_null(pins);
	assert_true(kernel.locked);
	if (!err)
		fake_kernel_put_pin(name, fd_of(fd)->kind, fd_of(fd)->object);
	return err;
}

int pin_dir_get(const struct pin_dir *pins, const char *name, enum pin_dir_kind kind, int *ret_fd)
{
	const struct fake_pin *pin = find_pin(name);
	int err = fake_kernel_call("get", " %s", name);

	assert_non_null(pins);
	if (err)
		return err;
	if (!pin)
		return -ENOENT;
	if (pin->kind != kind)
		return -EMEDIUMTYPE;
	*ret_fd = fake_kernel_open(kind, pin->object);
	return 0;
}

int pin_dir_drop(const struct pin_dir *pins, const char *name)
{
	int err = fake_kernel_call("unpin", " %s", name);

	assert_non_null(pins);
	if (!err && find_pin(name))
		unpin(find_pin(name));
	return err;
}

int pin_dir_rename(const struct pin_dir *pins, const char *from, const char *to)
{
	int err = fake_kernel_call("rename", " %s %s", from, to);
	struct fake_pin *pin = find_pin(from);

	assert_non_null(pins);
	if (err)
		return err;
	if (!pin)
		return -ENOENT;
	if (find_pin(to))
		unpin(find_pin(to));
	snprintf(pin->name, sizeof(pin->name), "%s", to);
	return 0;
}

bool pin_dir_has(const struct pin_dir *pins, const char *name)
{
	assert_non_null(pins);
	return find_pin(name);
}

int pin_dir_list(const struct pin_dir *pins, void (*each)(void *context, const char *name),
		 void *context)
{
	int err = fake_kernel_call("list", "%s", "");

	assert_non_null(pins);
	for (int i = 0; !err && i < FAKE_PINS; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s", kernel.pins[i].name);
		if (name[0] && kernel.pins[i].apart == kernel.apart)
			each(context, name);
	}
	return err;
}

void pin_dir_remove(const struct pin_dir *pins)
{
	assert_non_null(pins);
	kernel.removed = true;
	if (!has_pins(kernel.apart))
		kernel.owners[kernel.apart][0] = '\0';
}

/* --- plugin/kernel/bpf_info.h, ethtool.h and privileges.h, as far as they are asked */

void fake_kernel_name_program(uint32_t id, const char *name)
{
	for (int i = 0; i < FAKE_PROGRAMS; i++) {
		if (kernel.programs[i].id && kernel.programs[i].id != id)
			continue;
		kernel.programs[i].id = id;
		snprintf(kernel.programs[i].name, sizeof(kernel.programs[i].name), "%s", name);
		return;
	}
	fail_msg("no place for the name of program %u", id);
}

void bpf_info_program_by_id(uint32_t id, struct bpf_info_program *ret_program)
{
	int err = id ? fake_kernel_call("program", " %u", id) : -ENOENT;

	*ret_program = (struct bpf_info_program){.id = id};
	for (int i = 0; !err && i < FAKE_PROGRAMS; i++) {
		if (kernel.programs[i].id != id)
			continue;
		snprintf(ret_program->name, sizeof(ret_program->name), "%s",
			 kernel.programs[i].name);
		snprintf(ret_program->tag, sizeof(ret_program->tag), "%016x", id);
	}
}

void ethtool_driver(const char *name, char ret_driver[ETHTOOL_DRIVER])
{
	assert_true(name[0]);
	snprintf(ret_driver, ETHTOOL_DRIVER, "%s", "fake");
}

/* Of maps, which programs of the fake kernel do not have. */
int bpf_info_map(int fd, const struct bpf_map *wanted, struct bpf_info_difference *ret_difference)
{
	(void)wanted;
	(void)ret_difference;
	fail_msg("a map is asked for: %d", fd);
	return -ENOSYS;
}

int bpf_info_program_by_pin(const struct pin_dir *pins, const char *name,
			    struct bpf_info_program *ret_program)
{
	(void)pins;
	(void)ret_program;
	fail_msg("a program is asked for: %s", name);
	return -ENOSYS;
}

void ethtool_read(const char *name, struct ethtool *ret_device)
{
	*ret_device = (struct ethtool){.driver = "fake"};
	for (size_t i = 0; i < FAKE_DEVICES; i++) {
		const struct fake_device *device = &kernel.devices[i];

		if (device->interface.index && strcmp(device->interface.name, name) == 0)
			ret_device->lro = device->lro;
	}
}

void privileges_read(struct privileges *ret_privileges)
{
	*ret_privileges = (struct privileges){.known = true,
					      .effective = UINT64_MAX,
					      .memlock = UINT64_MAX,
					      .files = 1024,
					      .kernel_major = 6,
					      .kernel_minor = 12,
					      .group_memory = UINT64_MAX};
}

void privileges_missing(const struct privileges *privileges, uint64_t wanted, char *text,
			size_t size)
{
	(void)privileges;
	(void)wanted;
	snprintf(text, size, "%s", "");
}

bool privileges_kernel_before(const struct privileges *privileges, unsigned int major,
			      unsigned int minor)
{
	return privileges->kernel_major < major ||
	       (privileges->kernel_major == major && privileges->kernel_minor < minor);
}
