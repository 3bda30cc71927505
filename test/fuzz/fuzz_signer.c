/*
 * fuzz_signer.c - no request makes a signer sign what no TLS server signs.
 *
 * Each message is a byte that says how long it is, and its bytes: 0 is a whole
 * request, 255 a longer one. What was signed is judged by key_oracle.h.
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "../unit/key_oracle.h"
#include "keyguard/signer.h"

#define MESSAGES	8	/* as the channel holds without a reader */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const enum oracle_key kinds[] = { ORACLE_P256, ORACLE_ED25519,
    ORACLE_RSA };

#define N		(sizeof kinds / sizeof *kinds)

static EVP_PKEY *
key_of(void *arg, uint32_t number)
{
	static EVP_PKEY *keys[N];

	(void)arg;
	if (keys[0] == NULL) {
		keys[0] = EVP_EC_gen("P-256");
		keys[1] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		keys[2] = EVP_RSA_gen(2048);
	}
	return number < N ? keys[number] : NULL;
}

struct message {
	uint8_t bytes[sizeof(struct sign_request) + 16];
	size_t len;
};

/* False: there is no more. */
static bool
take(struct message *m, const uint8_t **data, size_t *left)
{
	uint32_t number;
	size_t code;

	if (*left < 2)
		return false;
	code = **data;
	m->len = code == 0 ? sizeof(struct sign_request) :
	    code == 255 ? sizeof m->bytes : code;
	*data += 1;
	*left -= 1;
	memset(m->bytes, 0, sizeof m->bytes);
	code = *left < m->len ? *left : m->len;
	memcpy(m->bytes, *data, code);
	*data += code;
	*left -= code;
	/* One of our keys, or the first that there is not. */
	number = m->bytes[offsetof(struct sign_request, key)] % (N + 1);
	memcpy(m->bytes + offsetof(struct sign_request, key), &number,
	    sizeof number);
	return true;
}

/* How the signer has to end at this message; SIGNER_LEFT: it goes on. */
static enum signer_end
expected(const struct message *m)
{
	struct sign_request a;

	if (m->len != sizeof a)
		return SIGNER_GARBLED;
	memcpy(&a, m->bytes, sizeof a);
	if (a.key == N)
		return SIGNER_LEFT;
	return oracle_accepts(&a, kinds[a.key]) ? SIGNER_LEFT : SIGNER_ASKED;
}

static void
judge(int fd, const struct message *m, unsigned n, enum signer_end end)
{
	enum signer_end due = SIGNER_LEFT;
	struct sign_reply r;

	for (unsigned i = 0; i < n && due == SIGNER_LEFT; i++) {
		struct sign_request a;

		if ((due = expected(&m[i])) != SIGNER_LEFT)
			break;
		memcpy(&a, m[i].bytes, sizeof a);
		assert(recv(fd, &r, sizeof r, MSG_DONTWAIT) == sizeof r);
		assert(r.number == a.number);
		assert(r.result == (a.key < N ? KEY_SIGNED : KEY_FAILED));
		assert((r.len > 0) == (a.key < N));
		assert(r.len <= sizeof r.signature);
	}
	assert(end == due);
	assert(recv(fd, &r, sizeof r, MSG_DONTWAIT) <= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct message m[MESSAGES];
	unsigned n = 0;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) != 0)
		abort();
	while (n < MESSAGES && take(&m[n], &data, &len)) {
		assert(send(fd[0], m[n].bytes, m[n].len, 0) ==
		    (ssize_t)m[n].len);
		n++;
	}
	shutdown(fd[0], SHUT_WR);
	judge(fd[0], m, n, signer_run(fd[1], key_of, NULL));
	assert(ERR_peek_error() == 0);
	close(fd[0]);
	close(fd[1]);
	return 0;
}
