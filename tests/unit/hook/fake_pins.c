// SPDX-License-Identifier: GPL-2.0-only
/* The rest of the fake kernel: the directory of pins, and what is asked about programs. */
#include "tests/unit/unit.h"
#include "tests/unit/hook/fake_kernel.h"

#include <errno.h>
#include <stdio.h>

#include "plugin/kernel/bpf_info.h"
#include "plugin/kernel/ethtool.h"
#include "plugin/kernel/privileges.h"

static struct fake_pin *find_pin(const char *name)
{
	for (int i = 0; i < FAKE_PINS; i++) {
		if (name[0] && strcmp(kernel.pins[i].name, name) == 0)
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
	*pin = (struct fake_pin){.kind = kind, .object = object};
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

int pin_dir_open(const char *parent, bool create, struct pin_dir **ret_pins)
{
	int err = fake_kernel_call("pin_dir_open", "%s", create ? " create" : "");
	bool any = false;

	assert_string_equal(parent, "/pins");
	if (err)
		return err;
	if (kernel.locked_by_others)
		return -EWOULDBLOCK;
	for (int i = 0; i < FAKE_PINS; i++)
		any |= kernel.pins[i].name[0] != '\0';
	if (!create && !any)
		return -ENOENT;
	assert_false(kernel.locked);
	kernel.locked = true;
	*ret_pins = (struct pin_dir *)&pins_object;
	return 0;
}

void pin_dir_close(struct pin_dir *pins)
{
	if (pins)
		kernel.locked = false;
}

const char *pin_dir_path(const struct pin_dir *pins)
{
	assert_non_null(pins);
	return "/pins/net-1";
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
		if (name[0])
			each(context, name);
	}
	return err;
}

void pin_dir_remove(const struct pin_dir *pins)
{
	assert_non_null(pins);
	kernel.removed = true;
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
