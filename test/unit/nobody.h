/*
 * nobody.h - nobody is there to be asked for a passphrase.
 *
 * Whoever asks OpenSSL's user interface nevertheless is counted, and gets no
 * answer instead of a terminal.
 */
#ifndef TEST_NOBODY_H
#define TEST_NOBODY_H

#include <openssl/ui.h>

static unsigned nobody_was_asked;

static inline int
nobody_opens(UI *ui)
{
	(void)ui;
	nobody_was_asked++;
	return 0;
}

/* The method, to be freed by UI_destroy_method(). NULL: no memory. */
static inline UI_METHOD *
nobody_new(void)
{
	UI_METHOD *m = UI_create_method("nobody");

	if (m == NULL || UI_method_set_opener(m, nobody_opens) != 0)
		return NULL;
	UI_set_default_method(m);
	return m;
}

#endif
