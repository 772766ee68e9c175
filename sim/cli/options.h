/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Command-line options: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, -n=VALUE, flags in clusters
 * (-qv), options before and after operands, "--" ends them. A name that is nearly right is answered
 * with the right one.
 */
#ifndef EPSIM_CLI_OPTIONS_H
#define EPSIM_CLI_OPTIONS_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

struct option {
    const char *name;       /* without dashes */
    char letter;            /* 0: none */
    const char *value_name; /* NULL: a flag */
    const char *doc;        /* for help: one line or several, each <= 50 columns */
};

struct option_given {
    uint32_t option;   /* index in the table */
    const char *value; /* points into argv; "" for a flag */
};

/* What was given, in order. */
struct options {
    const struct option *table;
    uint32_t option_count;
    struct arena *arena; /* owns the arrays */
    struct option_given *given;
    uint32_t given_count;
    uint32_t given_capacity;
    const char **operands;
    uint32_t operand_count;
    uint32_t operand_capacity;
};

/* No arguments yet. `table` must hold a row "help" and outlive the options. */
void options_init(struct options *options, struct arena *arena, const struct option *table,
                  uint32_t option_count);

/*
 * Reads all of argv[0..argc) (the program's and the command's name not among them). STATUS_INVALID
 * with a message that names the argument; once --help has been met, mistakes are passed over.
 */
enum status options_parse(struct options *options, int argc, char **argv,
                          struct error *err) EP_MUST_CHECK;

bool options_has(const struct options *options, const char *name);

/* The last value given; NULL if none. */
const char *options_value(const struct options *options, const char *name);

/* All values given, in order; the array is the arena's. */
const char *const *options_values(const struct options *options, const char *name, uint32_t *count);

/* Bounds of a whole number, both included. */
struct option_range {
    uint64_t low;
    uint64_t high;
};

/* The option's whole number into *value, which stays where the option was not given. STATUS_INVALID
 * if it is none, or outside the range. */
enum status options_u64(const struct options *options, const char *name, struct option_range range,
                        uint64_t *value, struct error *err) EP_MUST_CHECK;

#endif
