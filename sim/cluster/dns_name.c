/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cluster/dns_name.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

#define LABELS_MAX 5u /* one more than any name of a service has before ".svc" */
#define V4_SUFFIX ".in-addr.arpa"
#define V6_SUFFIX ".ip6.arpa"
#define NIBBLES 32u

static bool ends_with(const char *text, const char *suffix)
{
    const size_t length = strlen(text);
    const size_t suffix_length = strlen(suffix);

    return length > suffix_length && strcmp(text + length - suffix_length, suffix) == 0;
}

/* Splits at dots; 0: an empty label, or more than LABELS_MAX. */
static uint32_t split(struct arena *arena, const char *text, const char *labels[LABELS_MAX])
{
    uint32_t count = 0;

    for (;;) {
        const size_t length = strcspn(text, ".");

        if (length == 0 || count == LABELS_MAX)
            return 0;
        labels[count++] = arena_strndup(arena, text, length);
        if (text[length] == '\0')
            return count;
        text += length + 1;
    }
}

static struct dns_name within_services(struct arena *arena, const char *front)
{
    const char *labels[LABELS_MAX];
    const uint32_t count = split(arena, front, labels);
    struct dns_name name = {.kind = DNS_NAME_ABSENT};

    if (count < 2 || count > 4)
        return name;
    if (count == 4 && (labels[0][0] != '_' || labels[1][0] != '_'))
        return name;
    name.ns = labels[count - 1];
    name.service = labels[count - 2];
    name.kind = DNS_NAME_SERVICE;
    if (count == 3) {
        name.kind = DNS_NAME_ENDPOINT;
        name.label = labels[0];
    } else if (count == 4) {
        name.kind = DNS_NAME_PORT;
        name.port = labels[0] + 1;
        name.protocol = labels[1] + 1;
    }
    return name;
}

/* An address as it is usually written, NULL: it is none. */
static const char *canonical(struct arena *arena, const char *ip)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, ip, &v4) == 1)
        return arena_strdup(arena, inet_ntop(AF_INET, &v4, text, sizeof text));
    if (inet_pton(AF_INET6, ip, &v6) == 1)
        return arena_strdup(arena, inet_ntop(AF_INET6, &v6, text, sizeof text));
    return NULL;
}

/* "10-244-1-5.default": three dashes, none beside another, stand for dots, else dashes for colons. */
static struct dns_name within_pods(struct arena *arena, const char *front)
{
    const char *labels[LABELS_MAX];
    struct dns_name name = {.kind = DNS_NAME_ABSENT};
    uint32_t dashes = 0;
    char *ip;

    if (split(arena, front, labels) != 2)
        return name;
    for (const char *at = labels[0]; *at != '\0'; at++)
        dashes += *at == '-';
    ip = arena_strdup(arena, labels[0]);
    for (char *at = ip; *at != '\0'; at++) {
        if (*at == '-')
            *at = dashes == 3 && strstr(labels[0], "--") == NULL ? '.' : ':';
    }
    name.kind = DNS_NAME_POD;
    name.ns = labels[1];
    name.ip = canonical(arena, ip);
    return name;
}

/* "4.0.244.10" backwards. */
static const char *read_v4(struct arena *arena, const char *front)
{
    const char *labels[LABELS_MAX];
    struct in_addr address;
    const char *text;

    if (split(arena, front, labels) != 4)
        return NULL;
    text = arena_printf(arena, "%s.%s.%s.%s", labels[3], labels[2], labels[1], labels[0]);
    return inet_pton(AF_INET, text, &address) == 1 ? text : NULL;
}

/* 32 hexadecimal digits backwards, a dot between. */
static const char *read_v6(struct arena *arena, const char *front)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address = {0};

    if (strlen(front) != 2 * NIBBLES - 1)
        return NULL;
    for (uint32_t i = 0; i < NIBBLES; i++) {
        const char digit[] = {front[2 * (NIBBLES - 1 - i)], '\0'};

        if (!isxdigit((unsigned char)digit[0]) || (i > 0 && front[2 * i - 1] != '.'))
            return NULL;
        address.s6_addr[i / 2] =
            (uint8_t)((unsigned long)address.s6_addr[i / 2] << 4 | strtoul(digit, NULL, 16));
    }
    return arena_strdup(arena, inet_ntop(AF_INET6, &address, text, sizeof text));
}

struct dns_name dns_name_parse(struct arena *arena, const char *domain, const char *name)
{
    const char *services = arena_printf(arena, ".svc.%s", domain);
    const char *pods = arena_printf(arena, ".pod.%s", domain);
    const size_t length = strlen(name);
    const char *whole =
        length > 0 && name[length - 1] == '.' ? arena_strndup(arena, name, length - 1) : name;
    const char *in_domain = arena_printf(arena, ".%s", domain);
    size_t front = strlen(whole);

    if (ends_with(whole, services))
        return within_services(arena, arena_strndup(arena, whole, front - strlen(services)));
    if (ends_with(whole, pods))
        return within_pods(arena, arena_strndup(arena, whole, front - strlen(pods)));
    if (ends_with(whole, in_domain) || strcmp(whole, domain) == 0)
        return (struct dns_name){.kind = DNS_NAME_ABSENT};
    if (ends_with(whole, V4_SUFFIX))
        return (struct dns_name){
            .kind = DNS_NAME_REVERSE,
            .ip = read_v4(arena, arena_strndup(arena, whole, front - strlen(V4_SUFFIX)))};
    if (ends_with(whole, V6_SUFFIX))
        return (struct dns_name){
            .kind = DNS_NAME_REVERSE,
            .ip = read_v6(arena, arena_strndup(arena, whole, front - strlen(V6_SUFFIX)))};
    return (struct dns_name){.kind = DNS_NAME_OUTSIDE};
}

const char *dns_name_of_address(struct arena *arena, const char *ip)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * NIBBLES];
    struct in_addr v4;
    struct in6_addr v6;
    const uint8_t *octets = (const uint8_t *)&v4;

    if (inet_pton(AF_INET, ip, &v4) == 1)
        return arena_printf(arena, "%u.%u.%u.%u" V4_SUFFIX, octets[3], octets[2], octets[1],
                            octets[0]);
    if (inet_pton(AF_INET6, ip, &v6) != 1)
        return NULL;
    for (uint32_t i = 0; i < NIBBLES; i++) {
        const uint8_t octet = v6.s6_addr[(NIBBLES - 1 - i) / 2];

        text[2 * i] = digits[i % 2 == 0 ? octet & 15 : octet >> 4];
        text[2 * i + 1] = '.';
    }
    text[2 * NIBBLES - 1] = '\0';
    return arena_printf(arena, "%s" V6_SUFFIX, text);
}
