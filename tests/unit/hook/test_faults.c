// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each call of each scenario fails once, in turn. Whatever fails: nothing of others is displaced,
 * nothing is reported twice, nothing is left open, and when the fault is over all is as without it.
 */
#include "tests/unit/unit.h"
#include "tests/unit/hook/world.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>

#include "plugin/hook/attach.h"

#define ETH0 2
#define ETH1 3
#define ETH2 4
#define FOREIGN 77

/* Steps after which whatever failed has been tried again. */
#define RECOVERY 24

struct scenario {
	const char *sentence;
	void (*run)(void); /* from an empty world to its end, with the process running */
	const struct hook_kind *kind;
};

static void two_devices(void)
{
	world_select("/^eth/");
	fake_kernel_name_program(FOREIGN, "firewall");
	fake_kernel_add(ETH0, "eth0", "");
	fake_kernel_add(ETH1, "eth1", "veth");
}

static void run_plain(void)
{
	two_devices();
	world_start();
	world_steps(3, 5);
	fake_kernel_add(ETH2, "eth2", "")->native_error = -EOPNOTSUPP;
	world_steps(3, 5);
	world_detach(ETH0);
	world_steps(3, 0);
	fake_kernel_report(true);
	world_steps(2, 5);
}

static void run_comings(void)
{
	two_devices();
	world_start();
	world_steps(2, 5);
	fake_kernel_remove(ETH1);
	world_steps(2, 5);
	fake_kernel_add(ETH1, "eth1", "");
	snprintf(fake_kernel_device(ETH1)->interface.name, IF_NAMESIZE, "%s", "eth1");
	world_steps(2, 5);
	snprintf(fake_kernel_device(ETH1)->interface.name, IF_NAMESIZE, "%s", "eth8");
	fake_kernel_report(false);
	world_steps(2, 5);
}

static void run_held(void)
{
	two_devices();
	world.source.answer = SOURCE_COUNTS;
	world.source.packets = 1;
	fake_kernel_hold(ETH0, FOREIGN);
	world_start();
	world_steps(3, 5);
	world.source.answer = SOURCE_REFUSED;
	fake_kernel_hold(ETH0, FOREIGN + 1);
	world_steps(3, 5);
}

static void run_persist(void)
{
	world.settings.persist = true;
	two_devices();
	world_start();
	world_steps(3, 5);
	fake_kernel_add(ETH2, "eth2", "");
	world_steps(3, 5);
}

static void run_restart(void)
{
	run_persist();
	world_steps(RECOVERY, 5);
	world_stop();
	world_start();
	world_steps(4, 5);
}

static void run_kill(void)
{
	run_persist();
	world_kill();
	world_start();
	world_steps(4, 5);
}

static void run_upgrade_twice(void)
{
	run_persist();
	world_steps(RECOVERY, 5);
	world_stop();
	fake_kernel_remove(ETH2);
	world_start();
	world_steps(1, 5);
	world_kill();
	world_start();
	world_steps(4, 5);
}

static void run_persist_off(void)
{
	run_persist();
	world_steps(RECOVERY, 5);
	world_stop();
	world.settings.persist = false;
	world_start();
	world_steps(4, 5);
}

static const struct scenario scenarios[] = {
	{"a start, an arrival, a loss, lost reports", run_plain, &xdp_kind},
	{"interfaces go, come and change their names", run_comings, &xdp_kind},
	{"a hook is held, and the holder changes", run_held, &xdp_kind},
	{"Persist begins", run_persist, &xdp_kind},
	{"a restart takes over", run_restart, &xdp_kind},
	{"a process is killed, and the next takes over", run_kill, &xdp_kind},
	{"an upgrade that is killed, and another", run_upgrade_twice, &xdp_kind},
	{"Persist is switched off", run_persist_off, &xdp_kind},
	{"outgoing: a start, an arrival, a loss, lost reports", run_plain, &tcx_kind},
	{"outgoing: an upgrade that is killed, and another", run_upgrade_twice, &tcx_kind},
	{"outgoing: Persist is switched off", run_persist_off, &tcx_kind},
};

/* What is compared with the run in which nothing fails. */
struct outcome {
	char hooks[512];
	char pins[512];
};

struct reference {
	struct outcome outcome;
	unsigned int detachments;
};

static const char *at_hook(unsigned int index)
{
	uint32_t id = world_at_hook(index);

	if (id == world.program.program.id)
		return "our program";
	if (id >= 1000)
		return "an earlier program of ours";
	return id ? "another program" : "nothing";
}

static void note_hooks(char *text, size_t size)
{
	size_t used = 0;

	for (unsigned int i = 0; i < world.view_count; i++) {
		const struct view *view = &world.views[i].view;

		for (int device = 0; device < FAKE_DEVICES; device++) {
			const struct interface *interface = &kernel.devices[device].interface;

			if (interface->index && strcmp(interface->name, world.views[i].name) == 0)
				used += (size_t)snprintf(
					text + used, size - used,
					"%s: attached %d, observed %d, %s at the hook\n",
					interface->name, view->attached, view->observing,
					at_hook(interface->index));
		}
	}
}

static void note_pins(char *text, size_t size)
{
	static const char *const names[] = {"program", "program_next", "map",	"new",
					    "link_2",  "link_3",       "link_4"};
	size_t used = 0;

	for (size_t i = 0; i < UNIT_LENGTH(names); i++)
		used += (size_t)snprintf(text + used, size - used, "%s %d\n", names[i],
					 fake_kernel_pin(names[i]) != NULL);
}

/* Returns the number of calls up to the end of the scenario; what comes after it is recovery. */
static unsigned int run(const struct scenario *scenario, unsigned int fail_at, int err,
			struct outcome *ret_outcome)
{
	unsigned int calls;

	world_set_up(NULL);
	world.settings.kind = scenario->kind;
	kernel.fail_at = fail_at;
	kernel.fail_errno = err;
	scenario->run();
	calls = kernel.calls;
	world_steps(RECOVERY, 5);
	*ret_outcome = (struct outcome){0};
	note_hooks(ret_outcome->hooks, sizeof(ret_outcome->hooks));
	note_pins(ret_outcome->pins, sizeof(ret_outcome->pins));
	return calls;
}

static void fail_fault(const struct reference *reference, const struct outcome *outcome,
		       unsigned int at, int err)
{
	fail_msg("call %u (%s) fails with %d: expected %u detachments and\n%s%s but %u and\n%s%s%s",
		 at, kernel.failed, err, reference->detachments, reference->outcome.hooks,
		 reference->outcome.pins, kernel.detachments, outcome->hooks, outcome->pins,
		 world.told);
}

/* What passes leaves no trace: hooks and pins are as without it, and no link was let go. */
static void try_transient(const struct scenario *scenario, const struct reference *reference,
			  unsigned int at, int err)
{
	struct outcome outcome;
	bool locked;

	run(scenario, at, err, &outcome);
	/* Without Persist, what was locked stays. */
	locked = err == -EWOULDBLOCK && strcmp(kernel.failed, "pin_dir_open") == 0 &&
		 strstr(world.told, "for another collectd uses it");
	if (!locked && (strcmp(outcome.hooks, reference->outcome.hooks) != 0 ||
			strcmp(outcome.pins, reference->outcome.pins) != 0 ||
			kernel.detachments > reference->detachments))
		fail_fault(reference, &outcome, at, err);
	world_tear_down(NULL);
}

/* What does not pass may cost pins, or an interface, but not without a word. */
static void try_lasting(const struct scenario *scenario, const struct reference *reference,
			unsigned int at, int err)
{
	struct outcome outcome;

	run(scenario, at, err, &outcome);
	if (strcmp(outcome.hooks, reference->outcome.hooks) != 0 &&
	    !strstr(world.told, "failure eth"))
		fail_fault(reference, &outcome, at, err);
	world_tear_down(NULL);
}

static void test_scenario(void **state)
{
	static const int transient[] = {-ENOMEM, -EMFILE, -EAGAIN};
	static const int lasting[] = {-EPERM, -EINVAL, -EBUSY};
	const struct scenario *scenario = *state;
	struct reference reference;
	unsigned int calls = run(scenario, 0, 0, &reference.outcome);

	reference.detachments = kernel.detachments;
	world_tear_down(NULL);
	assert_true(calls > 20);
	for (unsigned int at = 1; at <= calls; at++) {
		for (size_t i = 0; i < UNIT_LENGTH(transient); i++)
			try_transient(scenario, &reference, at, transient[i]);
		for (size_t i = 0; i < UNIT_LENGTH(lasting); i++)
			try_lasting(scenario, &reference, at, lasting[i]);
	}
}

int main(void)
{
	static struct CMUnitTest tests[UNIT_LENGTH(scenarios)];

	for (size_t i = 0; i < UNIT_LENGTH(scenarios); i++)
		tests[i] = (struct CMUnitTest){.name = scenarios[i].sentence,
					       .test_func = test_scenario,
					       .initial_state = (void *)(uintptr_t)&scenarios[i]};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
