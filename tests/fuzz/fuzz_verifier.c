// SPDX-License-Identifier: GPL-2.0-only
/* Any bytes as the log of a verifier: read without a finding, and the diagnosis is one line. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/diagnose/load.h"
#include "plugin/diagnose/verifier.h"
#include "plugin/kernel/privileges.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct privileges privileges = {0};
	struct verifier_verdict verdict;
	char *log = malloc(size + 1);
	char text[768];

	if (!log)
		return 0;
	memcpy(log, data, size);
	log[size] = '\0';
	verifier_read(log, &verdict);
	check_line(verdict.message);
	check_line(verdict.instruction);
	check_line(verdict.source);
	if (verdict.class != VERIFIER_UNKNOWN && !verdict.message[0])
		abort();
	privileges_parse_status(log, &privileges);
	privileges_parse_lockdown(log, &privileges);
	diagnose_load(&(struct diagnose_load){.error = -EACCES,
					      .step = "loading",
					      .libbpf = "",
					      .verifier = log,
					      .privileges = &privileges},
		      text, sizeof(text));
	check_line(text);
	privileges_parse_confinement(log, &privileges);
	free(log);
	return 0;
}
