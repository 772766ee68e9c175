/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)64)
#define READ_BYTES 16384

/* FIPS 180-4, 4.2.2: fractional parts of the cube roots of the first 64 primes. */
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate_right(uint32_t x, unsigned count)
{
    return x >> count | x << (32 - count);
}

/* 6.2.2, step 1: the message schedule of one block. */
static void expand(uint32_t w[64], const unsigned char *block)
{
    for (size_t i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | (uint32_t)block[4 * i + 3];
    for (size_t i = 16; i < 64; i++) {
        const uint32_t s0 =
            rotate_right(w[i - 15], 7) ^ rotate_right(w[i - 15], 18) ^ w[i - 15] >> 3;
        const uint32_t s1 =
            rotate_right(w[i - 2], 17) ^ rotate_right(w[i - 2], 19) ^ w[i - 2] >> 10;

        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
}

/* 6.2.2, steps 2 to 4. The standard's a..h are v[0..7] of round 0; instead of moving them all, each
 * round finds them one place further back, and unrolled by eight the places are constants. */
#define AT(name, round) v[((name) - (round)) & 7]

static void absorb_block(uint32_t state[8], const unsigned char *block)
{
    uint32_t w[64];
    uint32_t v[8];

    expand(w, block);
    memcpy(v, state, sizeof v);
#pragma GCC unroll 8
    for (unsigned i = 0; i < 64; i++) {
        const uint32_t a = AT(0u, i);
        const uint32_t b = AT(1u, i);
        const uint32_t c = AT(2u, i);
        const uint32_t e = AT(4u, i);
        const uint32_t s1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        const uint32_t choose = (e & AT(5u, i)) ^ (~e & AT(6u, i));
        const uint32_t t1 = AT(7u, i) + s1 + choose + round_constants[i] + w[i];
        const uint32_t s0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);

        AT(3u, i) += t1;
        AT(7u, i) = t1 + s0 + ((a & b) ^ (a & c) ^ (b & c));
    }
    for (size_t i = 0; i < 8; i++)
        state[i] += v[i];
}

void sha256_init(struct sha256 *sha)
{
    /* 5.3.3: fractional parts of the square roots of the first 8 primes */
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    *sha = (struct sha256){0};
    memcpy(sha->state, start, sizeof start);
}

void sha256_update(struct sha256 *sha, const void *data, size_t length)
{
    const unsigned char *bytes = data;
    const size_t used = (size_t)(sha->length_bytes % BLOCK_BYTES);

    if (length == 0)
        return;
    sha->length_bytes += length;
    if (used + length < BLOCK_BYTES) {
        memcpy(sha->block + used, bytes, length);
        return;
    }
    if (used > 0) {
        memcpy(sha->block + used, bytes, BLOCK_BYTES - used);
        absorb_block(sha->state, sha->block);
        bytes += BLOCK_BYTES - used;
        length -= BLOCK_BYTES - used;
    }
    for (; length >= BLOCK_BYTES; bytes += BLOCK_BYTES, length -= BLOCK_BYTES)
        absorb_block(sha->state, bytes);
    memcpy(sha->block, bytes, length);
}

void sha256_final(struct sha256 *sha, char hex[SHA256_HEX_SIZE])
{
    static const unsigned char padding[64] = {0x80};
    const uint64_t length_bits = sha->length_bytes * 8;
    const size_t used = (size_t)(sha->length_bytes % BLOCK_BYTES);
    unsigned char length_field[8];

    for (size_t i = 0; i < 8; i++)
        length_field[i] = (unsigned char)(length_bits >> (56 - 8 * i));
    sha256_update(sha, padding, used < 56 ? 56 - used : 120 - used);
    sha256_update(sha, length_field, sizeof length_field);
    for (size_t i = 0; i < 64; i++)
        hex[i] = "0123456789abcdef"[sha->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
    hex[64] = '\0';
}

enum status sha256_file(const char *path, char hex[SHA256_HEX_SIZE], struct error *err)
{
    unsigned char chunk[READ_BYTES];
    struct sha256 sha;
    enum status status = STATUS_OK;
    size_t length;
    FILE *in = fopen(path, "rb");

    if (in == NULL)
        return error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
    sha256_init(&sha);
    while ((length = fread(chunk, 1, sizeof chunk, in)) > 0)
        sha256_update(&sha, chunk, length);
    if (ferror(in) != 0)
        status = error_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
    fclose(in);
    sha256_final(&sha, hex);
    return status;
}
