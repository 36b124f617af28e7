// SPDX-License-Identifier: GPL-2.0-only
/* Asks once per reading, and adds up what sockets have counted more, by interface and queue. */
#include "plugin/source/sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/base/backoff.h"
#include "plugin/base/event.h"
#include "plugin/base/said.h"
#include "plugin/diagnose/observe.h"
#include "plugin/source/known_sockets.h"
#include "plugin/source/xsk_diag.h"

#define SOCKETS_TEXT 512

/* The fill ring of a queue, of which each of its sockets tells the same count. */
struct fill_ring {
	uint64_t last, now;
	unsigned int round; /* in which `now` was read */
	bool read;	    /* `last` was */
	bool known;	    /* in this round some socket of it was not new */
};

/* What was added up of one interface. */
struct sums {
	uint64_t counts[XSK_DIAG_COUNTS][SOCKETS_QUEUES];
	struct fill_ring rings[SOCKETS_QUEUES];
};

struct sockets_slot {
	unsigned int ifindex; /* 0: it is nobody's */
	unsigned int read_in; /* the round whose counts were last reported */
	struct sums *sums;    /* NULL: no socket was there yet */
};

struct sockets {
	struct source source;
	uint64_t interval_ns;
	unsigned int slot_count;
	struct sockets_slot *slots; /* number of the slot - 1 */
	bool begun;		    /* the program is loaded */
	struct xsk_diag *diag;	    /* NULL: it cannot be asked */
	bool has_base;		    /* it was asked once: what is new since then counts from zero */
	struct known_sockets known;
	bool stale; /* what was last read is of a step, and not for a reading */
	int error;  /* of the last question */
	struct backoff backoff;
	struct said said;
};

#define SOCKETS_SERIES(number, type, name)                                                         \
	{                                                                                          \
		.cell = (number)*SOCKETS_QUEUES, .count = SOCKETS_QUEUES, .sparse = true,          \
		.packets_type = (type), .instance = (name)                                         \
	}

static const struct source_series series[] = {
	SOCKETS_SERIES(XSK_DIAG_DROPPED, "if_rx_dropped", "xsk_dropped-queue"),
	SOCKETS_SERIES(XSK_DIAG_INVALID, "if_rx_dropped", "xsk_invalid-queue"),
	SOCKETS_SERIES(XSK_DIAG_FULL, "if_rx_dropped", "xsk_full-queue"),
	SOCKETS_SERIES(XSK_DIAG_FILL_EMPTY, "if_rx_dropped", "xsk_fill_empty-queue"),
	SOCKETS_SERIES(XSK_DIAG_TX_INVALID, "if_tx_dropped", "xsk_invalid-queue"),
};

static struct sockets *sockets_of(struct source *source)
{
	return (struct sockets *)source;
}

/* The sums of an interface, made with its first socket; NULL: it has no slot. */
static struct sums *find_sums(struct sockets *sockets, unsigned int ifindex)
{
	for (unsigned int i = 0; i < sockets->slot_count; i++) {
		struct sockets_slot *slot = &sockets->slots[i];

		if (slot->ifindex != ifindex)
			continue;
		if (!slot->sums)
			slot->sums = calloc(1, sizeof(*slot->sums));
		if (!slot->sums)
			sockets->error = -ENOMEM;
		return slot->sums;
	}
	return NULL;
}

/* One socket of those whose counts are being read. */
static void take_socket(void *context, const struct xsk_diag_socket *socket)
{
	struct sockets *sockets = context;
	uint64_t more[XSK_DIAG_COUNTS];
	struct fill_ring *ring;
	struct sums *sums;
	bool is_new;
	int err = known_sockets_take(&sockets->known, socket, more, &is_new);

	if (err)
		sockets->error = err;
	if (err || socket->queue >= SOCKETS_QUEUES)
		return;
	sums = find_sums(sockets, socket->ifindex);
	if (!sums)
		return;
	for (int i = 0; i < XSK_DIAG_COUNTS && sockets->has_base; i++) {
		if (i != XSK_DIAG_FILL_EMPTY)
			sums->counts[i][socket->queue] += more[i];
	}
	ring = &sums->rings[socket->queue];
	if (ring->round != sockets->known.round) {
		ring->round = sockets->known.round;
		ring->now = 0;
		ring->known = !sockets->has_base;
	}
	if (socket->counts[XSK_DIAG_FILL_EMPTY] > ring->now)
		ring->now = socket->counts[XSK_DIAG_FILL_EMPTY];
	ring->known |= !is_new;
}

/* What a ring has counted since it was last read; a ring whose sockets are all new is new. */
static uint64_t more_of_ring(const struct fill_ring *ring)
{
	if (!ring->known || (ring->read && ring->now < ring->last))
		return ring->now;
	return ring->read ? ring->now - ring->last : 0;
}

static void add_rings(struct sockets *sockets)
{
	for (unsigned int i = 0; i < sockets->slot_count; i++) {
		struct sums *sums = sockets->slots[i].sums;

		for (unsigned int queue = 0; sums && queue < SOCKETS_QUEUES; queue++) {
			struct fill_ring *ring = &sums->rings[queue];

			if (ring->round != sockets->known.round)
				continue;
			sums->counts[XSK_DIAG_FILL_EMPTY][queue] += more_of_ring(ring);
			ring->last = ring->now;
			ring->read = true;
		}
	}
}

/* Reads all sockets. What cannot be read is asked for again by a step, of another descriptor. */
static void read_all(struct sockets *sockets)
{
	int err;

	sockets->error = 0;
	known_sockets_begin(&sockets->known);
	err = xsk_diag_read(sockets->diag, take_socket, sockets);
	add_rings(sockets);
	if (err)
		sockets->error = err;
	if (!sockets->error) {
		sockets->has_base = true;
		return;
	}
	xsk_diag_close(sockets->diag);
	sockets->diag = NULL;
}

static void tell(struct sockets *sockets, const struct event_teller *teller)
{
	char text[SOCKETS_TEXT];

	if (!said_error(&sockets->said, sockets->error))
		return;
	diagnose_sockets(sockets->error, text, sizeof(text));
	event_tell(teller, sockets->error ? EVENT_WARNING : EVENT_OKAY, "", text);
}

static void start(struct sockets *sockets, const struct event_teller *teller, uint64_t now)
{
	sockets->error = xsk_diag_open(&sockets->diag);
	if (!sockets->error)
		read_all(sockets);
	sockets->stale = true;
	if (sockets->error)
		backoff_fail(&sockets->backoff, sockets->interval_ns, now);
	else
		backoff_reset(&sockets->backoff);
	tell(sockets, teller);
}

/* Before any interface is counted: what its sockets lose from then on is counted. */
static void begin(struct source *source, const struct program *program,
		  const struct event_teller *teller)
{
	struct sockets *sockets = sockets_of(source);

	(void)program;
	sockets->begun = true;
	backoff_reset(&sockets->backoff);
	start(sockets, teller, 0);
}

static void end(struct source *source)
{
	struct sockets *sockets = sockets_of(source);

	xsk_diag_close(sockets->diag);
	sockets->diag = NULL;
	known_sockets_empty(&sockets->known);
	sockets->has_base = false;
	sockets->begun = false;
}

static void step(struct source *source, const struct event_teller *teller, uint64_t now)
{
	struct sockets *sockets = sockets_of(source);

	if (sockets->begun && !sockets->diag && backoff_is_due(&sockets->backoff, now))
		start(sockets, teller, now);
}

static void empty_slot(struct sockets_slot *slot)
{
	free(slot->sums);
	*slot = (struct sockets_slot){0};
}

static void slot_taken(struct source *source, const struct source_interface *interface)
{
	struct sockets *sockets = sockets_of(source);
	struct sockets_slot *slot = &sockets->slots[interface->slot - 1];

	empty_slot(slot);
	slot->ifindex = interface->interface->index;
	slot->read_in = sockets->known.round;
}

static void slot_released(struct source *source, unsigned int slot)
{
	empty_slot(&sockets_of(source)->slots[slot - 1]);
}

/* The first slot that is read again has all sockets read. */
static bool read_slot(struct source *source, const struct source_interface *interface,
		      struct record_cell *ret_cells)
{
	struct sockets *sockets = sockets_of(source);
	struct sockets_slot *slot = &sockets->slots[interface->slot - 1];
	struct record_cell *cell = ret_cells;

	if (sockets->diag && (sockets->stale || slot->read_in == sockets->known.round))
		read_all(sockets);
	sockets->stale = false;
	slot->read_in = sockets->known.round;
	if (!sockets->diag || !slot->sums)
		return false;
	for (int i = 0; i < XSK_DIAG_COUNTS; i++) {
		for (unsigned int queue = 0; queue < SOCKETS_QUEUES; queue++)
			*cell++ = (struct record_cell){slot->sums->counts[i][queue], 0};
	}
	return true;
}

static void close_source(struct source *source)
{
	struct sockets *sockets = sockets_of(source);

	for (unsigned int i = 0; sockets->slots && i < sockets->slot_count; i++)
		empty_slot(&sockets->slots[i]);
	free(sockets->slots);
	free(sockets);
}

static const struct source_operations operations = {
	.option = "ReportFate",
	.cells = XSK_DIAG_COUNTS * SOCKETS_QUEUES,
	.series = series,
	.series_count = sizeof(series) / sizeof(series[0]),
	.anywhere = true,
	.from_zero = true,
	.begin = begin,
	.end = end,
	.step = step,
	.slot_taken = slot_taken,
	.slot_released = slot_released,
	.read = read_slot,
	.close = close_source,
};

int sockets_open(const struct source_settings *settings, struct source **ret_source)
{
	struct sockets *sockets = calloc(1, sizeof(*sockets));

	if (!sockets)
		return -ENOMEM;
	sockets->source.operations = &operations;
	sockets->slot_count = settings->slots;
	sockets->interval_ns = settings->interval_ns;
	sockets->slots = calloc(settings->slots, sizeof(*sockets->slots));
	if (!sockets->slots) {
		close_source(&sockets->source);
		return -ENOMEM;
	}
	*ret_source = &sockets->source;
	return 0;
}
