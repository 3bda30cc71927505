/*
 * fuzz_cert_facts.c - what we read of a certificate is what OpenSSL reads.
 *
 * And what is taken here, d2i_X509() takes too: it is decoded in the middle
 * of a handshake, where a refusal would come too late.
 */
#include <stdint.h>
#include <stdio.h>

#include "../unit/facts_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	facts_agree(data, size);
	return 0;
}
