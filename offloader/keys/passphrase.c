/*
 * passphrase.c - the word that opens a private key, out of a file.
 */
#include <string.h>

#include "base/file.h"
#include "keys/passphrase.h"

#define MAX_FILE	8192	/* bytes; remarks may follow the first line */

static int
take_line(const struct file *t, const char *file, char *buf, size_t size,
    struct err *e)
{
	size_t len = strcspn(t->bytes, "\r\n");

	if (len == 0)
		return err_set(e, "%s: no passphrase in the first line", file);
	if (len > size)
		return err_set(e, "%s: the passphrase is longer than %zu "
		    "bytes", file, size);
	memcpy(buf, t->bytes, len);
	return (int)len;
}

int
passphrase_give(char *buf, int size, int writing, void *passphrase)
{
	struct passphrase *p = passphrase;
	struct file t;
	int len = -1;

	(void)writing;
	p->asked = true;
	p->failed = false;
	if (p->file == NULL || size <= 0)
		return -1;
	if (file_read_secret(&t, p->file, MAX_FILE, p->loose, &p->why) == 0) {
		len = take_line(&t, p->file, buf, (size_t)size, &p->why);
		file_clear(&t);
	}
	p->failed = len == -1;
	return len;
}

bool
passphrase_blame(const struct passphrase *p, const char *key, struct err *e)
{
	if (!p->asked)
		return false;
	if (p->failed)
		*e = p->why;
	else if (p->file == NULL)
		err_set(e, "%s: the private key is encrypted: set "
		    "key-passphrase-file", key);
	else
		err_set(e, "%s: wrong passphrase in %s", key,
		    p->file);
	return true;
}
