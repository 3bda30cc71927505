/*
 * json.h - JSON text, written to a stream (RFC 8259).
 *
 * The writer keeps track of depth and commas. A name is a constant of ours,
 * without quotes; within an array, and for the outermost value, it is NULL.
 */
#ifndef OFFLOADER_JSON_H
#define OFFLOADER_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH	16	/* objects and arrays within each other */

struct json {
	FILE *out;		/* borrowed */
	unsigned depth;
	char close[JSON_DEPTH];	/* the bracket that ends each level */
	bool comma;		/* a value precedes at this level */
};

/* One value, with the comma and the name before it. */
void json_string(struct json *, const char *name, const char *value);
void json_number(struct json *, const char *name, long long);
void json_bool(struct json *, const char *name, bool);
void json_null(struct json *, const char *name);

/* A decimal number, given in millionths. */
void json_micros(struct json *, const char *name, uint64_t);

/* Begin an object or an array; json_end() ends the one begun last. */
void json_object(struct json *, const char *name);
void json_array(struct json *, const char *name);
void json_end(struct json *);

/* A string alone, with its quotes. Bytes that are not UTF-8 become \xHH. */
void json_quote(FILE *, const char *);

#endif
