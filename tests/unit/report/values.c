// SPDX-License-Identifier: GPL-2.0-only
/* Finds values among those that were dispatched. */
#include "tests/unit/unit.h"
#include "tests/unit/report/values.h"

bool values_is(const struct fake_list *kept, const char *plugin_instance, const char *type,
	       const char *type_instance)
{
	return strcmp(kept->list.plugin_instance, plugin_instance) == 0 &&
	       strcmp(kept->list.type, type) == 0 &&
	       strcmp(kept->list.type_instance, type_instance) == 0;
}

size_t values_count(const char *plugin_instance, const char *type, const char *type_instance)
{
	size_t count = 0;

	for (size_t i = 0; i < fake.list_count; i++)
		count += values_is(&fake.lists[i], plugin_instance, type, type_instance);
	return count;
}

size_t values_series(void)
{
	size_t count = 0;

	for (size_t i = 0; i < fake.list_count; i++) {
		const value_list_t *list = &fake.lists[i].list;
		bool known = false;

		for (size_t j = 0; j < i && !known; j++)
			known = values_is(&fake.lists[j], list->plugin_instance, list->type,
					  list->type_instance);
		count += !known;
	}
	return count;
}

const struct fake_list *values_find(const char *plugin_instance, const char *type,
				    const char *type_instance, cdtime_t time)
{
	const struct fake_list *found = NULL;

	for (size_t i = 0; i < fake.list_count; i++) {
		if (!values_is(&fake.lists[i], plugin_instance, type, type_instance) ||
		    fake.lists[i].list.time != time)
			continue;
		if (found)
			fail_msg("%s/%s-%s is there twice at one time", plugin_instance, type,
				 type_instance);
		found = &fake.lists[i];
	}
	if (!found)
		fail_msg("%s/%s-%s is not there at this time", plugin_instance, type,
			 type_instance);
	return found;
}

void values_assert_count(const char *plugin_instance, const char *type, const char *type_instance,
			 cdtime_t time, uint64_t value)
{
	const struct fake_list *kept = values_find(plugin_instance, type, type_instance, time);

	assert_int_equal(kept->source, DS_TYPE_DERIVE);
	assert_int_equal(kept->value.derive, value);
}

void values_assert_gauge(const char *plugin_instance, const char *type, const char *type_instance,
			 cdtime_t time, double value)
{
	const struct fake_list *kept = values_find(plugin_instance, type, type_instance, time);

	assert_int_equal(kept->source, DS_TYPE_GAUGE);
	assert_true(kept->value.gauge == value);
}

void values_assert_starts(const char *plugin_instance, const char *type, const char *type_instance,
			  cdtime_t zero, cdtime_t now, uint64_t value)
{
	assert_int_equal(values_count(plugin_instance, type, type_instance), 2);
	values_assert_count(plugin_instance, type, type_instance, zero, 0);
	values_assert_count(plugin_instance, type, type_instance, now, value);
	assert_true(values_find(plugin_instance, type, type_instance, zero) <
		    values_find(plugin_instance, type, type_instance, now));
}

void values_assert_goes_on(const char *plugin_instance, const char *type, const char *type_instance,
			   cdtime_t now, uint64_t value)
{
	assert_int_equal(values_count(plugin_instance, type, type_instance), 1);
	values_assert_count(plugin_instance, type, type_instance, now, value);
}
