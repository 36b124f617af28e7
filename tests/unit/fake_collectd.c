// SPDX-License-Identifier: GPL-2.0-only
/* The collectd daemon as the plugin sees it, made of records instead of threads. */
#include "tests/unit/unit.h"
#include "tests/unit/fake_collectd.h"

#include <stdio.h>
#include <stdlib.h>

#include <utils/common/common.h>
#include <utils_cache.h>

/* From Debian's collectd-core; the daemon reads the same file. */
#define FAKE_TYPES_DB "/usr/share/collectd/types.db"

/* The last value of a series that has arrived, and one that is on its way. */
struct fake_entry {
	char name[6 * DATA_MAX_NAME_LEN];
	bool arrived;
	value_t value;
	bool coming;
	value_t next;
	unsigned int delay; /* lookups until it arrives */
};

struct fake fake;
char *hostname_g = (char *)"host.example";

static struct fake_entry cache[FAKE_LISTS];
static bool overridden; /* the type that is known, by fake.types */
static size_t cache_count;

int fake_reset(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.interval = MS_TO_CDTIME_T(250);
	fake.now = TIME_T_TO_CDTIME_T(1000000);
	cache_count = 0;
	return 0;
}

void fake_forget_lists(void)
{
	fake.list_count = 0;
}

cdtime_t cdtime(void)
{
	return fake.now;
}

cdtime_t plugin_get_interval(void)
{
	return fake.interval;
}

/* As collectd's: copies what fits, and always ends it. */
char *sstrncpy(char *destination, const char *source, size_t size)
{
	size_t length = strnlen(source, size - 1);

	memcpy(destination, source, length);
	destination[length] = '\0';
	return destination;
}

void plugin_log(int level, const char *format, ...)
{
	struct fake_log *log = &fake.logs[fake.log_count++];
	va_list arguments;

	assert_true(fake.log_count <= FAKE_LOGS);
	log->level = level;
	va_start(arguments, format);
	vsnprintf(log->text, sizeof(log->text), format, arguments);
	va_end(arguments);
}

int plugin_dispatch_notification(const notification_t *notification)
{
	assert_true(fake.notification_count < FAKE_NOTIFICATIONS);
	fake.notifications[fake.notification_count++] = *notification;
	return 0;
}

static int source_type(const char *name)
{
	static const char *const names[] = {
		[DS_TYPE_COUNTER] = "COUNTER",
		[DS_TYPE_GAUGE] = "GAUGE",
		[DS_TYPE_DERIVE] = "DERIVE",
		[DS_TYPE_ABSOLUTE] = "ABSOLUTE",
	};

	for (int i = 0; i < (int)UNIT_LENGTH(names); i++) {
		if (strcmp(name, names[i]) == 0)
			return i;
	}
	fail_msg("types.db has a source of kind %s", name);
	return -1;
}

/* Reads "NAME SOURCE:KIND:MIN:MAX[, ...]" of one type, see types.db(5). */
static bool read_type(const char *line, const char *type, data_set_t *set)
{
	static data_source_t source;
	char name[DATA_MAX_NAME_LEN], kind[16];

	if (sscanf(line, "%127s %127[^:]:%15[^:]", name, source.name, kind) != 3 ||
	    strcmp(name, type) != 0)
		return false;
	source.type = source_type(kind);
	sstrncpy(set->type, name, sizeof(set->type));
	set->ds = &source;
	set->ds_num = 1;
	for (const char *comma = line; (comma = strchr(comma, ',')); comma++)
		set->ds_num++;
	return true;
}

/* Knows one type at a time; what fake.types says of it comes first. */
const data_set_t *plugin_get_ds(const char *type)
{
	static data_set_t set;
	FILE *file;
	char line[1024];
	bool found = false;

	for (size_t i = 0; fake.types && fake.types[i]; i++) {
		if (read_type(fake.types[i], type, &set)) {
			overridden = true;
			return set.ds_num ? &set : NULL;
		}
	}
	if (!overridden && strcmp(set.type, type) == 0)
		return &set;
	overridden = false;
	file = fopen(FAKE_TYPES_DB, "re");
	if (!file)
		fail_msg("%s cannot be read: install collectd-core", FAKE_TYPES_DB);
	while (!found && fgets(line, sizeof(line), file))
		found = read_type(line, type, &set);
	fclose(file);
	return found ? &set : NULL;
}

static struct fake_entry *cache_entry(const value_list_t *list)
{
	char name[sizeof(cache[0].name)];

	snprintf(name, sizeof(name), "%s/%s-%s/%s-%s", list->host, list->plugin,
		 list->plugin_instance, list->type, list->type_instance);
	for (size_t i = 0; i < cache_count; i++) {
		if (strcmp(cache[i].name, name) == 0)
			return &cache[i];
	}
	assert_true(cache_count < FAKE_LISTS);
	cache[cache_count] = (struct fake_entry){0};
	memcpy(cache[cache_count].name, name, sizeof(name));
	return &cache[cache_count++];
}

/* What the daemon drops or complains of must not come. */
int plugin_dispatch_values(const value_list_t *list)
{
	struct fake_list *kept = &fake.lists[fake.list_count++];
	const data_set_t *set = plugin_get_ds(list->type);
	struct fake_entry *entry = cache_entry(list);

	assert_true(fake.list_count <= FAKE_LISTS);
	if (!set)
		fail_msg("type %s is not in types.db", list->type);
	assert_int_equal(list->values_len, set->ds_num);
	assert_int_equal(list->values_len, 1);
	assert_true(list->time != 0);
	*kept = (struct fake_list){
		.list = *list,
		.value = list->values[0],
		.source = set->ds[0].type,
		.zero_arrived = entry->arrived && entry->value.derive == 0,
	};
	kept->list.values = NULL;
	entry->coming = true;
	entry->next = list->values[0];
	entry->delay = fake.cache_delay;
	return 0;
}

value_t *uc_get_value(const data_set_t *set, const value_list_t *list)
{
	struct fake_entry *entry = cache_entry(list);
	value_t *values;

	assert_string_equal(set->type, list->type);
	fake.lookups++;
	if (entry->coming && entry->delay == 0) {
		entry->coming = false;
		entry->arrived = true;
		entry->value = entry->next;
	} else if (entry->coming && entry->delay != FAKE_NEVER) {
		entry->delay--;
	}
	if (!entry->arrived)
		return NULL;
	values = malloc(sizeof(*values));
	assert_non_null(values);
	values[0] = entry->value;
	return values;
}
