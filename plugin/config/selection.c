// SPDX-License-Identifier: GPL-2.0-only
/* Names and regular expressions: which interfaces the operator selected. */
#include "plugin/config/selection.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/kernel/interface.h"

struct selection_entry {
	bool is_regex;
	regex_t regex;
	char *text; /* the name, or the pattern without its slashes */
};

struct selection {
	bool inverted;
	struct selection_entry **entries;
	size_t count;
};

int selection_new(struct selection **ret_selection)
{
	struct selection *selection = calloc(1, sizeof(*selection));

	if (!selection)
		return -ENOMEM;
	*ret_selection = selection;
	return 0;
}

static void entry_free(struct selection_entry *entry)
{
	if (entry->is_regex)
		regfree(&entry->regex);
	free(entry->text);
	free(entry);
}

void selection_free(struct selection *selection)
{
	if (!selection)
		return;
	for (size_t i = 0; i < selection->count; i++)
		entry_free(selection->entries[i]);
	free(selection->entries);
	free(selection);
}

void selection_invert(struct selection *selection, bool invert)
{
	selection->inverted = invert;
}

static int read_regex(struct selection_entry *entry, const char *text, char *reason,
		      size_t reason_size)
{
	size_t length = strlen(text);
	int status;

	if (length < 3 || text[length - 1] != '/') {
		snprintf(reason, reason_size, "%s",
			 strcmp(text, "//") == 0
				 ? "the regular expression is empty"
				 : "a regular expression ends with a slash, and a name has none");
		return -EINVAL;
	}
	entry->text = strndup(text + 1, length - 2);
	if (!entry->text)
		return -ENOMEM;
	status = regcomp(&entry->regex, entry->text, REG_EXTENDED | REG_NOSUB);
	if (status) {
		char why[128];

		regerror(status, &entry->regex, why, sizeof(why));
		snprintf(reason, reason_size, "not an extended regular expression: %s", why);
		return status == REG_ESPACE ? -ENOMEM : -EINVAL;
	}
	entry->is_regex = true;
	return 0;
}

/* What the kernel takes as a name: dev_valid_name() in net/core/dev.c; alternative ones are longer.
 */
static int read_name(struct selection_entry *entry, const char *text, char *reason,
		     size_t reason_size)
{
	if (!text[0] || strlen(text) >= INTERFACE_ALTERNATIVE_SIZE || strcmp(text, ".") == 0 ||
	    strcmp(text, "..") == 0 || strpbrk(text, "/: \t\n\v\f\r")) {
		snprintf(reason, reason_size,
			 "no interface can have this name: 1 to %d characters, without '/', ':' "
			 "and white space",
			 INTERFACE_ALTERNATIVE_SIZE - 1);
		return -EINVAL;
	}
	entry->text = strdup(text);
	return entry->text ? 0 : -ENOMEM;
}

bool selection_has_name(const struct selection *selection, const char *name)
{
	for (size_t i = 0; i < selection->count; i++) {
		const struct selection_entry *entry = selection->entries[i];

		if (!entry->is_regex && strcmp(entry->text, name) == 0)
			return true;
	}
	return false;
}

int selection_add(struct selection *selection, const char *text, char *reason, size_t reason_size)
{
	struct selection_entry *entry = calloc(1, sizeof(*entry));
	struct selection_entry **bigger;
	int err;

	if (!entry)
		return -ENOMEM;
	bigger = reallocarray(selection->entries, selection->count + 1, sizeof(*bigger));
	if (!bigger) {
		entry_free(entry);
		return -ENOMEM;
	}
	selection->entries = bigger;
	if (text[0] == '/')
		err = read_regex(entry, text, reason, reason_size);
	else
		err = read_name(entry, text, reason, reason_size);
	if (err || (!entry->is_regex && selection_has_name(selection, entry->text))) {
		entry_free(entry);
		return err;
	}
	selection->entries[selection->count++] = entry;
	return 0;
}

static bool entry_matches(const struct selection_entry *entry, const char *name)
{
	if (entry->is_regex)
		return regexec(&entry->regex, name, 0, NULL, 0) == 0;
	return strcmp(entry->text, name) == 0;
}

const char *selection_pattern(const struct selection *selection, size_t i)
{
	if (i >= selection->count)
		return NULL;
	return selection->entries[i]->is_regex ? selection->entries[i]->text : "";
}

bool selection_entry_matches(const struct selection *selection, size_t i,
			     const struct interface *interface)
{
	const struct selection_entry *entry = selection->entries[i];
	const char *name = NULL;

	if (entry_matches(entry, interface->name))
		return true;
	while ((name = interface_next_alternative(interface, name))) {
		if (entry_matches(entry, name))
			return true;
	}
	return false;
}

bool selection_selects(const struct selection *selection, const struct interface *interface)
{
	for (size_t i = 0; i < selection->count; i++) {
		if (selection_entry_matches(selection, i, interface))
			return !selection->inverted;
	}
	return selection->inverted;
}

size_t selection_count(const struct selection *selection)
{
	return selection->count;
}

size_t selection_names(const struct selection *selection)
{
	size_t names = 0;

	for (size_t i = 0; i < selection->count; i++)
		names += !selection->entries[i]->is_regex;
	return names;
}

const char *selection_name(const struct selection *selection, size_t i)
{
	for (size_t at = 0; at < selection->count; at++) {
		if (!selection->entries[at]->is_regex && i-- == 0)
			return selection->entries[at]->text;
	}
	return NULL;
}

bool selection_is_inverted(const struct selection *selection)
{
	return selection->inverted;
}
