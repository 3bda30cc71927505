/*
 * no_prompt.h - no passphrase is asked for on the terminal.
 *
 * Each use of OpenSSL's user interface is counted, and fails.
 */
#ifndef TEST_NO_PROMPT_H
#define TEST_NO_PROMPT_H

#include <openssl/ui.h>

static unsigned prompts;

static inline int
no_prompt_open(UI *ui)
{
	(void)ui;
	prompts++;
	return 0;
}

/* The method, to be freed by UI_destroy_method(). NULL: no memory. */
static inline UI_METHOD *
no_prompt_new(void)
{
	UI_METHOD *m = UI_create_method("nobody");

	if (m == NULL || UI_method_set_opener(m, no_prompt_open) != 0)
		return NULL;
	UI_set_default_method(m);
	return m;
}

#endif
