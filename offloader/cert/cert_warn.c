/*
 * cert_warn.c - says in the log what is wrong with certificates.
 */
#include "cert/cert_check.h"
#include "log/log.h"
#include "cert/cert_warn.h"

static unsigned
to_say(const struct cert *c, bool fresh, time_t before, time_t now)
{
	unsigned ages = cert_check_time(c, now);

	return fresh ? ages | (c->verdicts & CERT_FAULTS) :
	    ages & ~cert_check_time(c, before);
}

void
cert_warn(struct cert_load *load, time_t now)
{
	const struct cert_load *last = cert_store_before(load);
	time_t before = last != NULL ? last->warned : 0;
	size_t n[CERT_VERDICTS] = { 0 }, at = 0;
	const struct cert *c;
	char text[256];
	bool fresh;

	while ((c = cert_store_next(load, &at, &fresh)) != NULL) {
		unsigned set = to_say(c, fresh, before, now);

		for (unsigned v = 0; v < CERT_VERDICTS; v++)
			if ((set & CERT_BIT(v)) && n[v]++ < CERT_WARN_MOST)
				log_warn("%s: %s", c->file, cert_check_say(text,
				    sizeof text, v, c, now));
	}
	for (unsigned v = 0; v < CERT_VERDICTS; v++)
		if (n[v] > CERT_WARN_MOST)
			log_warn("%s", cert_check_say_more(text, sizeof text,
			    v, n[v] - CERT_WARN_MOST));
	load->warned = now;
}
