/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

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

static uint32_t load_big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

/* 6.2.2, step 1: word `i` of the message schedule, from 16 on; only the last 16 words are needed, and kept. */
static inline __attribute__((always_inline)) uint32_t next_word(uint32_t w[16], unsigned i)
{
    const uint32_t early = w[(i + 1) & 15];
    const uint32_t late = w[(i + 14) & 15];
    const uint32_t s0 = rotate_right(early, 7) ^ rotate_right(early, 18) ^ early >> 3;
    const uint32_t s1 = rotate_right(late, 17) ^ rotate_right(late, 19) ^ late >> 10;

    return w[i & 15] += s0 + w[(i + 9) & 15] + s1;
}

/*
 * 6.2.2, step 3, one round. Instead of moving all eight variables one place on, the next round is given them one place
 * further: after eight rounds each is where it was, and they never leave the registers.
 */
#define ROUND(a, b, c, d, e, f, g, h, constant_and_word)                      \
    ((h) += (constant_and_word) + ((g) ^ ((e) & ((f) ^ (g)))) +               \
            (rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)), \
     (d) += (h),                                                              \
     (h) += (((a) & (b)) | ((c) & ((a) | (b)))) +                             \
            (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)))

#define EIGHT_ROUNDS(i, WORD)                                                 \
    (ROUND(a, b, c, d, e, f, g, h, round_constants[i] + WORD(i)),             \
     ROUND(h, a, b, c, d, e, f, g, round_constants[(i) + 1] + WORD((i) + 1)), \
     ROUND(g, h, a, b, c, d, e, f, round_constants[(i) + 2] + WORD((i) + 2)), \
     ROUND(f, g, h, a, b, c, d, e, round_constants[(i) + 3] + WORD((i) + 3)), \
     ROUND(e, f, g, h, a, b, c, d, round_constants[(i) + 4] + WORD((i) + 4)), \
     ROUND(d, e, f, g, h, a, b, c, round_constants[(i) + 5] + WORD((i) + 5)), \
     ROUND(c, d, e, f, g, h, a, b, round_constants[(i) + 6] + WORD((i) + 6)), \
     ROUND(b, c, d, e, f, g, h, a, round_constants[(i) + 7] + WORD((i) + 7)))

#define FIRST_WORD(i) (w[i] = load_big_endian(block + 4 * (size_t)(i)))
#define NEXT_WORD(i) next_word(w, i)

/* 6.2.2, steps 2 to 4. */
static void absorb_portably(uint32_t state[8], const unsigned char *block)
{
    uint32_t w[16];
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

    EIGHT_ROUNDS(0u, FIRST_WORD);
    EIGHT_ROUNDS(8u, FIRST_WORD);
    for (unsigned i = 16; i < 64; i += 16) {
        EIGHT_ROUNDS(i, NEXT_WORD);
        EIGHT_ROUNDS(i + 8, NEXT_WORD);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

/*
 * Processors with instructions of their own for it (x86-64, since about 2017) are ten times as fast; a cluster's dump is
 * megabytes. They keep the variables as a, b, e, f and c, d, g, h, from the highest word down.
 */
#if defined(__x86_64__)

static bool has_instructions(void)
{
    const unsigned sse_bits = 1U << 9 | 1U << 19; /* SSSE3 and SSE4.1 */
    const unsigned sha_bit = 1U << 29;
    unsigned a = 0, b = 0, c = 0, d = 0;

    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & sse_bits) != sse_bits)
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & sha_bit) != 0;
}

__attribute__((target("sha,ssse3,sse4.1"))) static void absorb_by_instructions(
    uint32_t state[8], const unsigned char *block)
{
    const __m128i big_endian = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);
    const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
    const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
    const __m128i abef_before = _mm_alignr_epi8(badc, efgh, 8);
    const __m128i cdgh_before = _mm_blend_epi16(efgh, badc, 0xF0);
    __m128i abef = abef_before;
    __m128i cdgh = cdgh_before;
    __m128i w[4]; /* the last 16 words of the message schedule */

#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) { /* four rounds each */
        __m128i *now = &w[i & 3];

        if (i < 4)
            *now = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)block + i), big_endian);
        else
            *now = _mm_sha256msg2_epu32(
                _mm_add_epi32(_mm_sha256msg1_epu32(*now, w[(i + 1) & 3]),
                              _mm_alignr_epi8(w[(i + 3) & 3], w[(i + 2) & 3], 4)),
                w[(i + 3) & 3]);

        const __m128i added =
            _mm_add_epi32(*now, _mm_loadu_si128((const __m128i *)round_constants + i));

        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, added);
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(added, 0x0E));
    }

    const __m128i feba = _mm_shuffle_epi32(_mm_add_epi32(abef, abef_before), 0x1B);
    const __m128i dchg = _mm_shuffle_epi32(_mm_add_epi32(cdgh, cdgh_before), 0xB1);

    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#else

static bool has_instructions(void)
{
    return false;
}

static void absorb_by_instructions(uint32_t state[8], const unsigned char *block)
{
    absorb_portably(state, block);
}

#endif

static void absorb_block(struct sha256 *sha, const unsigned char *block)
{
    if (sha->is_portable)
        absorb_portably(sha->state, block);
    else
        absorb_by_instructions(sha->state, block);
}

void sha256_init(struct sha256 *sha)
{
    /* 5.3.3: fractional parts of the square roots of the first 8 primes */
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

    *sha = (struct sha256){.is_portable = !has_instructions()};
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
        absorb_block(sha, sha->block);
        bytes += BLOCK_BYTES - used;
        length -= BLOCK_BYTES - used;
    }
    for (; length >= BLOCK_BYTES; bytes += BLOCK_BYTES, length -= BLOCK_BYTES)
        absorb_block(sha, bytes);
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
