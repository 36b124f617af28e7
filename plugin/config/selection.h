/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operator's choice of interfaces: names and regular expressions, as in
 * collectd's interface plugin. Pure.
 */
#ifndef COLLECTD_XDP_CONFIG_SELECTION_H
#define COLLECTD_XDP_CONFIG_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

struct interface;
struct selection;

/* Returns 0 and an empty selection the caller frees; -ENOMEM. */
int selection_new(struct selection **ret_selection);

/* Takes NULL. */
void selection_free(struct selection *selection);

/* With `invert`, all interfaces but those that match are selected. */
void selection_invert(struct selection *selection, bool invert);

/*
 * Adds a name ("eth0", or an alternative one) or an extended regular expression between slashes
 * ("/^eth/", regex(7)). A name that is there already is not added again.
 * Returns 0; -EINVAL with the reason in `reason` for what can be neither, -ENOMEM.
 */
int selection_add(struct selection *selection, const char *entry, char *reason, size_t reason_size);

/* Whether an interface is selected, by its name or an alternative one. */
bool selection_selects(const struct selection *selection, const struct interface *interface);

/*
 * The i-th entry: its regular expression without slashes, "" for a name, NULL past the last one;
 * and whether it matches one of the names of an interface, which may deselect it.
 */
const char *selection_pattern(const struct selection *selection, size_t i);
bool selection_entry_matches(const struct selection *selection, size_t i,
			     const struct interface *interface);

/* Entries; of them plain names; the i-th plain name, or NULL past the last one; whether one is. */
size_t selection_count(const struct selection *selection);
size_t selection_names(const struct selection *selection);
const char *selection_name(const struct selection *selection, size_t i);
bool selection_has_name(const struct selection *selection, const char *name);
bool selection_is_inverted(const struct selection *selection);

#endif
