/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Edges of the ziggurat's layers (Marsaglia & Tsang 2000), for f(x) = e^-x and f(x) = e^(-x^2/2), x
 * >= 0. With R = edge[1] and V = R f(R) + (area of the tail beyond R), each layer's area is V:
 *   edge[0] = V / f(R),   f(edge[i + 1]) = f(edge[i]) + V / edge[i],   edge[256] = 0 (this fixes
 * R). Computed with 60 decimal digits, rounded once; test_random computes them again from these
 * equations.
 */
#ifndef EPSIM_ENGINE_ZIGGURAT_TABLES_H
#define EPSIM_ENGINE_ZIGGURAT_TABLES_H

#define ZIGGURAT_LAYER_COUNT 256u

extern const double ziggurat_exponential_edges[ZIGGURAT_LAYER_COUNT + 1];
extern const double ziggurat_normal_edges[ZIGGURAT_LAYER_COUNT + 1];

#endif
