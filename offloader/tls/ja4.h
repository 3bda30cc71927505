/*
 * ja4.h - the JA4 fingerprint of a ClientHello.
 *
 * By FoxIO's specification of JA4 for TLS clients, the part of JA4+ that is
 * free (BSD): "t13d1516h2_8daaf6152771_e5627efa2ab1".
 */
#ifndef OFFLOADER_JA4_H
#define OFFLOADER_JA4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JA4_LEN		36
#define JA4_MOST	512	/* suites, extensions or schemes */

/*
 * Reads one handshake message from its type on. False, and out is "": it is no
 * whole ClientHello, or offers more of something than is registered: sorting
 * that would give the client too much CPU time.
 */
bool ja4_of(char out[JA4_LEN + 1], const uint8_t *message, size_t len);

#endif
