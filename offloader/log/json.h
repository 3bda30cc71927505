/*
 * json.h - JSON text, written to a stream (RFC 8259).
 */
#ifndef OFFLOADER_JSON_H
#define OFFLOADER_JSON_H

#include <stdio.h>

/* Writes a string with its quotes. Bytes that are not UTF-8 become \xHH. */
void json_string(const char *, FILE *);

#endif
