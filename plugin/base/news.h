/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces that come and go in an orderly way, gathered until the end of a step: where there are
 * many, as with containers, one line of the log is about all of them.
 */
#ifndef COLLECTD_XDP_BASE_NEWS_H
#define COLLECTD_XDP_BASE_NEWS_H

#include <stddef.h>

/* Of lists of names and of a text, each with its end. */
#define NEWS_NAMES 256
#define NEWS_TEXT 768

/* {0}: nothing happened. */
struct news {
	size_t came, went;
	char came_names[NEWS_NAMES]; /* "veth1, veth2, ..." */
	char went_names[NEWS_NAMES];
	size_t events;	    /* a rename is one event: a name went, and another came */
	char interface[64]; /* of the last event, with the text for it where it is the only one */
	char text[NEWS_TEXT];
};

/* An event; `came`, `went`: the name of the interface, NULL: it did not. `text`: of it alone. */
void news_add(struct news *news, const char *came, const char *went, const char *text);

#endif
