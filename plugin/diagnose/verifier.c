// SPDX-License-Identifier: GPL-2.0-only
/* Tables of what verifiers say, from Linux 5.10 to 6.18 (kernel/bpf/verifier.c). */
#include "plugin/diagnose/verifier.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A line of the log, not ended by a NUL. */
struct line {
	const char *text;
	size_t length;
};

/* `fix` is for who wrote the program; the counter's own is changed by those who maintain it. */
static const struct {
	const char *cause;
	const char *fix;
	const char *ours; /* NULL: the same, "; report it" */
} classes[] = {
	[VERIFIER_UNKNOWN] = {"the verifier rejects the program",
			      "correct what it says in the program, or use a newer kernel",
			      "report it with this line and the kernel's version"},
	[VERIFIER_COMPLEX] = {"a loop without a bound, or more than 1000000 instructions to check",
			      "bound the loop, or make the program shorter",
			      "switch off Report options, or report it"},
	[VERIFIER_PACKET] = {"out-of-bounds packet access",
			     "compare with data_end before each read", NULL},
	[VERIFIER_MAP] = {"out-of-bounds map access",
			  "check the index against the size of the value", NULL},
	[VERIFIER_STACK] = {"out-of-bounds stack access", "check the index into the local array",
			    NULL},
	[VERIFIER_STACK_LIMIT] = {"more than 512 bytes of stack", "move local data into a map",
				  NULL},
	[VERIFIER_UNINITIALISED] = {"an uninitialised register or stack slot is read",
				    "set the variable on every path", NULL},
	[VERIFIER_NO_POINTER] = {"a pointer that may be NULL, or a number, is used as an address",
				 "check what a lookup returned", NULL},
	[VERIFIER_HELPER] = {"a helper that this kernel lacks or does not allow here",
			     "use one that XDP programs may call, or a kernel that has it",
			     "use a newer kernel (from 5.10 on), or report it"},
	[VERIFIER_ARGUMENT] = {"a helper gets an argument of a wrong type",
			       "pass what the helper expects", NULL},
	[VERIFIER_RETURN] = {"a return value that is not allowed",
			     "return a value in the range named", NULL},
	[VERIFIER_POINTER] = {"pointer arithmetic that is never allowed", "compute with offsets",
			      NULL},
	[VERIFIER_ALIGNMENT] =
		{"an access that is not aligned, which kernels of this processor do "
		 "not take",
		 "read it byte by byte, from a packed struct",
		 "use the plugin on a processor whose kernels take it: amd64, arm64, "
		 "armhf, i386, ppc64el or s390x"},
	[VERIFIER_PRIVILEGE] = {"pointer arithmetic, which needs CAP_PERFMON",
				"grant CAP_PERFMON to collectd, or compute with offsets",
				"grant CAP_PERFMON to collectd"},
};

/* The first row both of whose parts are in a line says its class. */
static const struct {
	const char *part;
	const char *other; /* NULL: none */
	enum verifier_class class;
} phrases[] = {
	{"BPF program is too large", NULL, VERIFIER_COMPLEX},
	{"is too complex", NULL, VERIFIER_COMPLEX},
	{"infinite loop detected", NULL, VERIFIER_COMPLEX},
	{"back-edge from insn", NULL, VERIFIER_COMPLEX},

	{"misaligned", "access off", VERIFIER_ALIGNMENT},

	{"prohibited for !root", NULL, VERIFIER_PRIVILEGE},
	{"pointer -= pointer prohibited", NULL, VERIFIER_PRIVILEGE},
	{"pointer comparison prohibited", NULL, VERIFIER_PRIVILEGE},
	{"leaks addr", NULL, VERIFIER_PRIVILEGE},
	{"partial copy of pointer", NULL, VERIFIER_PRIVILEGE},
	{"pointer", "prohibited", VERIFIER_POINTER},
	{"math between", "not allowed", VERIFIER_POINTER},

	{"stack size", "Too large", VERIFIER_STACK_LIMIT},
	{"!read_ok", NULL, VERIFIER_UNINITIALISED},
	{"invalid read from stack", "off -", VERIFIER_UNINITIALISED},
	{"invalid indirect read from stack", NULL, VERIFIER_UNINITIALISED},
	{"invalid read from stack", NULL, VERIFIER_STACK},
	{"invalid write to stack", NULL, VERIFIER_STACK},
	{"invalid stack", NULL, VERIFIER_STACK},
	{"invalid", "to stack", VERIFIER_STACK},
	{"invalid variable-offset", "from stack", VERIFIER_STACK},
	{"variable", "stack access", VERIFIER_STACK},

	{"invalid access to packet", NULL, VERIFIER_PACKET},
	{"outside of the packet", NULL, VERIFIER_PACKET},
	{"invalid access to map", NULL, VERIFIER_MAP},
	{"invalid access to memory", NULL, VERIFIER_MAP},
	{"outside of the allowed memory range", NULL, VERIFIER_MAP},
	{"outside of the array range", NULL, VERIFIER_MAP},
	{"unbounded memory access", NULL, VERIFIER_MAP},
	{"min value is negative", NULL, VERIFIER_MAP},
	{"invalid mem access", NULL, VERIFIER_NO_POINTER},

	{"unknown func", NULL, VERIFIER_HELPER},
	{"invalid func", NULL, VERIFIER_HELPER},
	{"GPL-restricted function", NULL, VERIFIER_HELPER},
	{"cannot use helper", NULL, VERIFIER_HELPER},
	{"calling kernel function", NULL, VERIFIER_HELPER},
	{"cannot pass map_type", NULL, VERIFIER_HELPER},
	{"type=", "expected=", VERIFIER_ARGUMENT},
	{"expects", NULL, VERIFIER_ARGUMENT},

	{"At program exit", NULL, VERIFIER_RETURN},
	{"should have been in", NULL, VERIFIER_RETURN},
};

/* What is said besides: statistics, and how precision is tracked. */
static const char *const asides[] = {
	"processed ",	"verification time",
	"stack depth",	"mark_precise:",
	"last_idx ",	"regs=",
	"parent ",	"from ",
	"--",		"frame",
	"peak_states ", "propagating ",
	"max_states",	"libbpf:",
	"func#",	"Live regs",
	"Func ",	"verifying ",
	"arg#",		"old state:",
	"cur state:",
};

static bool starts_with(const struct line *line, const char *part)
{
	size_t length = strlen(part);

	return line->length >= length && memcmp(line->text, part, length) == 0;
}

static bool contains(const struct line *line, const char *part)
{
	return memmem(line->text, line->length, part, strlen(part)) != NULL;
}

/* Cuts off what does not fit; control characters and non-ASCII become '?'. */
static void copy(const struct line *line, char *text, size_t size)
{
	size_t length = line->length < size ? line->length : size - 1;

	for (size_t i = 0; i < length; i++) {
		char c = line->text[i];

		if (c == '\t')
			c = ' ';
		else if (c < ' ' || c > '~')
			c = '?';
		text[i] = c;
	}
	text[length] = '\0';
}

/* Takes blanks off both ends. */
static struct line trim(struct line line)
{
	while (line.length && isspace((unsigned char)line.text[0])) {
		line.text++;
		line.length--;
	}
	while (line.length && isspace((unsigned char)line.text[line.length - 1]))
		line.length--;
	return line;
}

/* "12: (71) r2 = ...", or "12: R1=ctx()...", which tells of registers. */
static size_t number_length(const struct line *line)
{
	size_t digits = 0;

	while (digits < line->length && isdigit((unsigned char)line->text[digits]))
		digits++;
	return digits && digits < line->length && line->text[digits] == ':' ? digits : 0;
}

static bool is_instruction(const struct line *line)
{
	size_t digits = number_length(line);

	return digits && digits + 2 < line->length && line->text[digits + 2] == '(';
}

/* "R1=ctx(id=0,off=0,imm=0) R10=fp0": the state of registers, not "R1 type=..." or "R1 !read_ok".
 */
static bool is_state(const struct line *line)
{
	size_t at = 1;

	if (number_length(line))
		return true;
	if (line->text[0] != 'R')
		return false;
	while (at < line->length && isdigit((unsigned char)line->text[at]))
		at++;
	return at < line->length && at > 1 && (line->text[at] == '=' || line->text[at] == '_');
}

static bool is_aside(const struct line *line)
{
	for (size_t i = 0; i < sizeof(asides) / sizeof(asides[0]); i++) {
		if (starts_with(line, asides[i]))
			return true;
	}
	return false;
}

/* "invalid write to stack R10 off=-520 size=8" is about the limit of all stacks. */
static bool is_below_stack(const struct line *line)
{
	const char *off = memmem(line->text, line->length, "off=-", 5);
	unsigned long depth = 0;

	if (!off)
		return false;
	for (off += 5; off < line->text + line->length && isdigit((unsigned char)*off); off++) {
		if (depth < 100000)
			depth = depth * 10 + (unsigned long)(*off - '0');
	}
	return depth > 512;
}

static enum verifier_class classify(const struct line *line)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (!contains(line, phrases[i].part) ||
		    (phrases[i].other && !contains(line, phrases[i].other)))
			continue;
		if (phrases[i].class == VERIFIER_STACK && is_below_stack(line))
			return VERIFIER_STACK_LIMIT;
		return phrases[i].class;
	}
	return VERIFIER_UNKNOWN;
}

/* An instruction without the state of registers that newer kernels write behind it. */
static struct line without_state(struct line line)
{
	const char *state = memmem(line.text, line.length, " ; ", 3);

	if (state)
		line.length = (size_t)(state - line.text);
	return trim(line);
}

/* The last message of a known class decides, or else the last of any. */
static void read_message(const struct line *line, struct verifier_verdict *verdict)
{
	enum verifier_class class = classify(line);

	if (class == VERIFIER_UNKNOWN && verdict->class != VERIFIER_UNKNOWN)
		return;
	verdict->class = class;
	copy(line, verdict->message, sizeof(verdict->message));
}

static void read_line(struct line line, struct verifier_verdict *verdict)
{
	line = trim(line);
	if (!line.length || is_aside(&line))
		return;
	if (is_instruction(&line)) {
		line = without_state(line);
		copy(&line, verdict->instruction, sizeof(verdict->instruction));
	} else if (line.text[0] == ';') {
		line.text++;
		line.length--;
		line = trim(line);
		copy(&line, verdict->source, sizeof(verdict->source));
	} else if (!is_state(&line)) {
		read_message(&line, verdict);
	}
}

void verifier_read(const char *log, struct verifier_verdict *ret_verdict)
{
	*ret_verdict = (struct verifier_verdict){.class = VERIFIER_UNKNOWN};
	while (*log) {
		size_t length = strcspn(log, "\n");

		read_line((struct line){log, length}, ret_verdict);
		log += length + (log[length] == '\n');
	}
}

const char *verifier_cause(enum verifier_class class)
{
	return classes[class].cause;
}

const char *verifier_fix(enum verifier_class class, bool custom)
{
	const char *ours = classes[class].ours;

	return custom || !ours ? classes[class].fix : ours;
}

bool verifier_is_reported(enum verifier_class class)
{
	return !classes[class].ours;
}
