// SPDX-License-Identifier: GPL-2.0-only
/* Counts and lists names. */
#include "plugin/base/news.h"

#include <stdio.h>

#include "plugin/base/text.h"

void news_add(struct news *news, const char *came, const char *went, const char *text)
{
	news->events++;
	if (came) {
		news->came++;
		text_append_name(news->came_names, sizeof(news->came_names), came);
	}
	if (went) {
		news->went++;
		text_append_name(news->went_names, sizeof(news->went_names), went);
	}
	snprintf(news->interface, sizeof(news->interface), "%s", came ? came : went);
	snprintf(news->text, sizeof(news->text), "%s", text);
}
