/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include <string.h>

/* Bytes are read as little-endian words on every machine. */
static uint64_t load_word(const unsigned char *bytes, size_t count)
{
    uint64_t word = 0;

    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static uint64_t load_word8(const unsigned char *bytes)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
#else
    return load_word(bytes, 8);
#endif
}

uint64_t hash_bytes(const void *data, size_t length)
{
    const unsigned char *bytes = data;
    uint64_t hash = hash_mix((uint64_t)length);
    size_t i = 0;

    for (; i + 8 <= length; i += 8)
        hash = hash_combine(hash, load_word8(bytes + i));
    if (i < length)
        hash = hash_combine(hash, load_word(bytes + i, length - i));
    return hash;
}

uint64_t hash_string(const char *text)
{
    return hash_bytes(text, strlen(text));
}
