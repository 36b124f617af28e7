/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces that come and go in an orderly way, gathered until the end of a step: where there are
 * many, as of containers, they are told together.
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
	size_t events;	    /* one that got another name came and went, in one */
	char interface[64]; /* of the last event, and what is told of it where it is the only one */
	char text[NEWS_TEXT];
};

/* An event; `came`, `went`: the name of the interface, NULL: it did not. `text`: of it alone. */
void news_add(struct news *news, const char *came, const char *went, const char *text);

#endif
