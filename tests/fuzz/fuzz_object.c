// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any object file of a custom counter: it is refused with a reason, or
 * what is to be read of its maps lies inside of their values. The kernel is not asked.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "plugin/custom/btf.h"
#include "plugin/custom/file.h"
#include "plugin/custom/lint.h"
#include "plugin/custom/object.h"

#define FUZZ_TEXT 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int print_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

static void check_reason(int err, const char *text)
{
	if (err > 0 || (err && (!text[0] || strlen(text) >= FUZZ_TEXT)))
		abort();
}

static void check_layout(const struct custom_btf_layout *layout)
{
	if (layout->size != 1 && layout->size != 2 && layout->size != 4 && layout->size != 8)
		abort();
	if (layout->offset > layout->value_size ||
	    layout->size > layout->value_size - layout->offset || !layout->key_size)
		abort();
}

static void try_map(const struct bpf_object *object, const char *name, const char *member,
		    enum key_form form)
{
	const struct map_block settings = {
		.name = (char *)name, .member = (char *)member, .form = form};
	const struct bpf_map *map = NULL;
	struct custom_btf_layout layout = {0};
	char text[FUZZ_TEXT] = "";
	int err = custom_object_map(object, &settings, &map, &layout, text, sizeof(text));

	check_reason(err, text);
	if (!err)
		check_layout(&layout);
}

static void try_object(struct bpf_object *object)
{
	static const char *const members[] = {"", "packets", "inner.packets", "inner.small"};
	struct bpf_program *program = NULL;
	const struct bpf_map *map;
	char text[FUZZ_TEXT] = "";
	int err = custom_object_program(object, "xdp", &program, text, sizeof(text));

	check_reason(err, text);
	if (!err)
		(void)custom_lint_loses_updates(bpf_program__insns(program),
						bpf_program__insn_cnt(program));
	try_map(object, "packets", "", KEY_FORM_DECIMAL);
	bpf_object__for_each_map (map, object) {
		(void)custom_btf_shape(bpf_object__btf(object), bpf_map__btf_value_type_id(map));
		for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
			try_map(object, bpf_map__name(map), members[i], KEY_FORM_HEX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bpf_object *object;
	char text[FUZZ_TEXT] = "";
	int err;

	libbpf_set_print(print_nothing);
	err = custom_file_check(data, size, text, sizeof(text));
	if (!err)
		err = custom_object_open(data, size, &object, text, sizeof(text));
	check_reason(err, text);
	if (err)
		return 0;
	try_object(object);
	bpf_object__close(object);
	return 0;
}
