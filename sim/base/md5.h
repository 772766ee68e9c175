/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MD5, where Kubernetes sorts by it (the ports of Endpoints); not for anything that has to be safe. Source: RFC 1321.
 */
#ifndef EPSIM_BASE_MD5_H
#define EPSIM_BASE_MD5_H

#include "base/units.h"

#define MD5_BYTES 16u

/* The digest of `length` bytes. */
void md5_digest(const void *data, size_t length, unsigned char digest[MD5_BYTES]);

#endif
