/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SHA-256 (FIPS 180-4), for the file lists of manifest.json.
 */
#ifndef EPSIM_BASE_SHA256_H
#define EPSIM_BASE_SHA256_H

#include "base/error.h"

#include <stdbool.h>

#define SHA256_HEX_SIZE 65 /* 64 digits and a NUL */

struct sha256 {
    bool
        is_portable; /* computed without instructions of the processor's own; the result is the same */
    uint32_t state[8];
    uint64_t length_bytes;
    unsigned char block[64];
};

void sha256_init(struct sha256 *sha);
void sha256_update(struct sha256 *sha, const void *data, size_t length);
void sha256_final(struct sha256 *sha, char hex[SHA256_HEX_SIZE]);

/* Of a whole file. STATUS_IO if it cannot be read. */
enum status sha256_file(const char *path, char hex[SHA256_HEX_SIZE],
                        struct error *err) EP_MUST_CHECK;

#endif
