/*
 * dice.h - the same throws for the same seed, on every system.
 */
#ifndef TEST_DICE_H
#define TEST_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

static inline struct dice
dice_new(uint64_t seed)
{
	return (struct dice){ seed * 0x9e3779b97f4a7c15u + 1 };
}

/* 0 to sides - 1 (splitmix64). */
static inline uint32_t
dice_roll(struct dice *d, uint32_t sides)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) >> 32) % sides;
}

static inline bool
dice_one_in(struct dice *d, uint32_t sides)
{
	return dice_roll(d, sides) == 0;
}

/* At most max, and small about as often as large. */
static inline size_t
dice_size(struct dice *d, size_t max)
{
	size_t n = (size_t)dice_roll(d, 1u << dice_roll(d, 24));

	return n < max ? n : max;
}

/* Bytes in which every loss, doubling and exchange can be seen. */
static inline void
dice_fill(struct dice *d, uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)dice_roll(d, 256);
}

#endif
