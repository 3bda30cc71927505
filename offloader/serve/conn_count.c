/*
 * conn_count.c - what a connection adds to the stats.
 */
#include "base/os.h"
#include "serve/conn_steps.h"
#include "serve/conn_count.h"

_Static_assert((int)END_COUNT <= STATS_REASONS, "too few reasons");

static void
add_front(const struct conn *c, enum stats_front_cell cell, uint64_t n)
{
	counters_add_front(c->home->counters, c->place, cell, n);
}

void
conn_count_begin(struct conn *c)
{
	add_front(c, STATS_FRONT_CONNECTIONS, 1);
	add_front(c, STATS_FRONT_ACTIVE, 1);
}

static void
count_tickets(struct conn *c)
{
	struct ticket_count *seen = &c->x->tls.choice.tickets;

	counters_add(c->home->counters, STATS_TICKETS_ISSUED, seen->issued);
	counters_add(c->home->counters, STATS_TICKETS_EXPIRED, seen->expired);
	*seen = (struct ticket_count){ 0 };
}

void
conn_count_end(struct conn *c)
{
	add_front(c, STATS_FRONT_ACTIVE, (uint64_t)-1);
	counters_add(c->home->counters, STATS_ENDED + c->end, 1);
	if (c->x == NULL)
		return;
	count_tickets(c);
	if (c->x->counted.dialed != 0)
		conn_count_bytes(c);
}

void
conn_count_hello(struct conn *c)
{
	c->x->counted.begun = os_clock();
}

void
conn_count_handshake(struct conn *c)
{
	struct counters *t = c->home->counters;
	SSL *ssl = c->x->tls.ssl;
	bool resumed = SSL_session_reused(ssl);

	counters_add_time(t, STATS_HANDSHAKE_TIME,
	    os_clock() - c->x->counted.begun);
	counters_add_handshake(t, (unsigned)SSL_version(ssl),
	    SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl)),
	    SSL_group_to_name(ssl, (int)SSL_get_negotiated_group(ssl)),
	    resumed);
	add_front(c, STATS_FRONT_HANDSHAKES, 1);
	counters_add(t, STATS_TICKETS_ACCEPTED, resumed);
	/* Otherwise they are counted where they are asked for. */
	counters_add(t, STATS_KEY_OK, c->home->signer == NULL && !resumed);
	count_tickets(c);
}

/* n of the addresses in all. */
static void
count_refused(struct conn *c, size_t n)
{
	counters_add(c->home->counters, STATS_CONNECT_FAILURES,
	    n - c->x->counted.refused);
	c->x->counted.refused = n;
}

void
conn_count_dial(struct conn *c)
{
	if (c->x->counted.dialed == 0)
		c->x->counted.dialed = os_clock();
	count_refused(c, c->x->try.next);
}

void
conn_count_connect(struct conn *c)
{
	struct counters *t = c->home->counters;

	/* A draining one may return to RELAY for a last request. */
	if (c->x->counted.connected)
		return;
	c->x->counted.connected = true;
	counters_add(t, STATS_CONNECTS, 1);
	counters_add_time(t, STATS_CONNECT_TIME,
	    os_clock() - c->x->counted.dialed);
	count_refused(c, c->x->try.next - 1);
	if (c->x->header == 0)
		return;
	counters_add_size(t, STATS_HEADER_SIZE, c->x->header);
	counters_add(t, STATS_TLVS_LEFT_OUT,
	    (unsigned)__builtin_popcount(c->x->counted.left_out));
}

void
conn_count_refused(struct conn *c)
{
	/* A full UNIX socket counts as an attempt, too. */
	count_refused(c, c->x->try.next > 0 ? c->x->try.next : 1);
}

void
conn_count_bytes(struct conn *c)
{
	const struct relay *r = &c->x->relay;
	struct conn_counted *seen = &c->x->counted;
	uint64_t in = r->up.total > c->x->header ?
	    r->up.total - c->x->header : 0;

	if (in != seen->in)
		add_front(c, STATS_FRONT_IN, in - seen->in);
	if (r->down.total != seen->out)
		add_front(c, STATS_FRONT_OUT, r->down.total - seen->out);
	seen->in = in;
	seen->out = r->down.total;
}
