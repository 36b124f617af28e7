// SPDX-License-Identifier: GPL-2.0-only
/* Behind each name in a list there is space left for the dots. */
#include "plugin/base/text.h"

#include <stdio.h>
#include <string.h>

#define TEXT_REST "..."
#define TEXT_ADVICE "; "

void text_append_name(char *names, size_t size, const char *name)
{
	const size_t dots = strlen(TEXT_REST), used = strlen(names);
	const char *between = used ? ", " : "";

	if (used >= dots && strcmp(names + used - dots, TEXT_REST) == 0)
		return;
	if (used + strlen(between) + strlen(name) + sizeof(", " TEXT_REST) > size)
		name = TEXT_REST;
	snprintf(names + used, size - used, "%s%s", between, name);
}

/* How many of the first bytes of a text are whole words; all of them, if it is one word. */
static size_t whole_words(const char *text, size_t bytes)
{
	size_t end = bytes;

	while (end > 0 && text[end] != ' ')
		end--;
	return end ? end : bytes;
}

/* What is to do, from its semicolon on: the longest that takes no more than `most` bytes, else the
 * last. */
static const char *find_advice(const char *sentence, size_t most)
{
	const char *advice = strstr(sentence, TEXT_ADVICE), *next;

	while (advice && strlen(advice) > most) {
		next = strstr(advice + 1, TEXT_ADVICE);
		if (!next)
			break;
		advice = next;
	}
	return advice;
}

void text_shorten(const char *sentence, char *ret_text, size_t size)
{
	const size_t dots = strlen(TEXT_REST), free = size - 1, most = free - free / 4 - dots;
	const char *advice, *cut = "";
	size_t head, tail = 0;

	if (strlen(sentence) <= free) {
		snprintf(ret_text, size, "%s", sentence);
		return;
	}
	advice = find_advice(sentence, most);
	if (advice && strlen(advice) > most) {
		tail = whole_words(advice, most - dots);
		cut = TEXT_REST;
	} else if (advice) {
		tail = strlen(advice);
	}
	head = free - dots - tail - strlen(cut);
	/* There may be nothing between them that could go. */
	if (tail && head >= (size_t)(advice - sentence)) {
		head = free - dots;
		tail = 0;
		cut = "";
	}
	snprintf(ret_text, size, "%.*s" TEXT_REST "%.*s%s", (int)whole_words(sentence, head),
		 sentence, (int)tail, tail ? advice : "", cut);
}
