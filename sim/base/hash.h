/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hashes that reach results: streams, made-up names, fingerprints. Fixed for ever: changing one
 * changes every result. 64-bit finaliser of splitmix64 (Steele, Lea, Flood 2014) as mixer.
 */
#ifndef EPSIM_BASE_HASH_H
#define EPSIM_BASE_HASH_H

#include "base/units.h"

static inline uint64_t hash_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* Order matters: hash_combine(a, b) != hash_combine(b, a) in general. */
static inline uint64_t hash_combine(uint64_t a, uint64_t b)
{
    return hash_mix(a * UINT64_C(0x9E3779B97F4A7C15) + b + UINT64_C(0x632BE59BD9B4E019));
}

/* Hash of a string up to its NUL, and of `length` bytes (equal for equal contents). */
uint64_t hash_string(const char *text);
uint64_t hash_bytes(const void *data, size_t length);

#endif
