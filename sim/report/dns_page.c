/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/dns_page.h"

#include <string.h>

#include "base/arena.h"
#include "base/duration.h"
#include "base/units.h"
#include "cluster/model.h"
#include "report/why_words.h"

#define TRIES_MAX 4u
#define NDOTS 5u
#define WIDTH 80u
#define NAME_WIDTH 52u
#define STATUS_WIDTH 10u

static const char *const type_words[] = {
    [DNS_TYPE_A] = "A",     [DNS_TYPE_AAAA] = "AAAA", [DNS_TYPE_CNAME] = "CNAME",
    [DNS_TYPE_SRV] = "SRV", [DNS_TYPE_PTR] = "PTR",   [DNS_TYPE_ANY] = "ANY",
};

/* A name of the search path and what came of it. */
struct attempt {
    const char *name;
    enum dns_place place;
    struct dns_reply reply;
};

struct page {
    struct out *out;
    struct arena arena;
    struct world *world;
    struct cluster *cluster;
    const struct dns_asker *asker;
    enum dns_type type;
    sim_ns now_ns;
    struct attempt attempts[TRIES_MAX];
    uint32_t attempt_count; /* those that were made */
};

bool dns_page_type(const char *word, enum dns_type *type)
{
    for (uint32_t i = 0; i < EP_COUNT_OF(type_words); i++) {
        if (strcmp(type_words[i], word) == 0) {
            *type = (enum dns_type)i;
            return true;
        }
    }
    return false;
}

/* --- asking --- */

static const char *without_dot(struct arena *arena, const char *name)
{
    const size_t length = strlen(name);

    return length > 0 && name[length - 1] == '.' ? arena_strndup(arena, name, length - 1) : name;
}

static bool ask_at(struct page *page, const char *name, enum dns_place place,
                   struct dns_reply *reply)
{
    struct dns_answer kept;
    struct dns_query query = {
        .name = without_dot(&page->arena, name), .type = page->type, .node = page->asker->node};

    if (place == DNS_AT_CLIENT) {
        if (page->asker->client == ID_NONE || strcmp(query.name, page->asker->target) != 0 ||
            !world_kept_answer(page->world, page->asker->client, page->asker->node, &kept))
            return false;
        query.kept = &kept;
    }
    return dns_lookup_at(&page->arena, page->cluster, &query, place, reply);
}

static void ask(struct page *page, struct attempt *attempt)
{
    attempt->place = DNS_AT_CLIENT;
    while (attempt->place < DNS_AT_SERVER &&
           !ask_at(page, attempt->name, attempt->place, &attempt->reply))
        attempt->place++;
    if (attempt->place == DNS_AT_SERVER)
        (void)ask_at(page, attempt->name, DNS_AT_SERVER, &attempt->reply);
}

/* The names in the order in which they are tried: the search path first, unless there are many dots. */
static uint32_t list_names(struct page *page, const char *name, const char *names[TRIES_MAX])
{
    const char *domain = page->cluster->spec->cluster_domain;
    const char *domains[] = {
        arena_printf(&page->arena, "%s.svc.%s", page->asker->ns, domain),
        arena_printf(&page->arena, "svc.%s", domain),
        domain,
    };
    const char *backwards = dns_name_of_address(&page->arena, name);
    uint32_t dots = 0;
    uint32_t count = 0;

    if (backwards != NULL)
        name = arena_printf(&page->arena, "%s.", backwards);
    for (const char *at = name; *at != '\0'; at++)
        dots += *at == '.';
    if (name[0] == '\0' || name[strlen(name) - 1] == '.' || dots >= NDOTS)
        names[count++] = name[0] != '\0' && name[strlen(name) - 1] == '.'
                             ? name
                             : arena_printf(&page->arena, "%s.", name);
    if (name[0] == '\0' || name[strlen(name) - 1] == '.')
        return count;
    for (uint32_t i = 0; i < EP_COUNT_OF(domains); i++)
        names[count++] = arena_printf(&page->arena, "%s.%s.", name, domains[i]);
    if (dots < NDOTS)
        names[count++] = arena_printf(&page->arena, "%s.", name);
    return count;
}

/* Goes on until a name has what is asked for. */
static void ask_all(struct page *page, const char *name)
{
    const char *names[TRIES_MAX];
    const uint32_t count = list_names(page, name, names);

    while (page->attempt_count < count) {
        struct attempt *attempt = &page->attempts[page->attempt_count];

        attempt->name = names[page->attempt_count++];
        ask(page, attempt);
        if (attempt->reply.status == DNS_NOERROR)
            return;
    }
}

/* --- writing --- */

static const char *status_words(enum dns_status status)
{
    static const char *const words[] = {
        [DNS_NOERROR] = "NOERROR", [DNS_NODATA] = "NODATA", [DNS_NXDOMAIN] = "NXDOMAIN"};

    return words[status];
}

static const char *place_words(struct page *page, enum dns_place place)
{
    switch (place) {
    case DNS_AT_CLIENT:
        return "the client's own cache";
    case DNS_AT_NODE:
        return arena_printf(&page->arena, "%s's cache",
                            page->cluster->nodes[page->asker->node].name);
    case DNS_AT_SERVER_CACHE:
        return "cluster DNS's cache";
    case DNS_AT_SERVER:
        return "cluster DNS";
    case DNS_AT_API:
        break;
    }
    return "the API";
}

static void put_blanks(struct out *out, size_t count)
{
    while (count-- > 0)
        out_char(out, ' ');
}

/* A name too long for the line has one of its own. */
static void put_record(struct page *page, const struct dns_record *record, size_t name_width)
{
    const char *rest =
        arena_printf(&page->arena, "%lld  IN  %s  %s", (long long)(record->ttl_ns / NS_PER_S),
                     type_words[record->type], record->data);

    out_str(page->out, record->name);
    if (name_width + 2 + strlen(rest) > WIDTH) {
        out_str(page->out, "\n    ");
    } else {
        put_blanks(page->out, name_width + 2 - strlen(record->name));
    }
    out_printf(page->out, "%s\n", rest);
}

static void put_records(struct page *page, const struct dns_reply *reply)
{
    size_t width = 0;
    bool has_extras = false;

    for (uint32_t i = 0; i < reply->record_count; i++) {
        const size_t length = strlen(reply->records[i].name);

        width = length > width ? length : width;
        has_extras |= reply->records[i].is_extra;
    }
    for (uint32_t i = 0; i < reply->record_count; i++) {
        if (!reply->records[i].is_extra)
            put_record(page, &reply->records[i], width);
    }
    if (has_extras)
        out_str(page->out, "\n;; ADDITIONAL\n");
    for (uint32_t i = 0; i < reply->record_count; i++) {
        if (reply->records[i].is_extra)
            put_record(page, &reply->records[i], width);
    }
}

static void put_head(struct page *page, const char *name)
{
    out_printf(page->out, "; %s %s at ", name, type_words[page->type]);
    why_words_put_instant(page->out, page->now_ns);
    out_printf(page->out, "\n; asked by %s\n\n", page->asker->who);
}

static void put_attempts(struct page *page)
{
    static const char title[] = ";; TRIED";
    static const char *const columns[] = {[DNS_AT_CLIENT] = "own cache",
                                          [DNS_AT_NODE] = "node's cache",
                                          [DNS_AT_SERVER_CACHE] = "server's cache",
                                          [DNS_AT_SERVER] = "cluster DNS"};
    size_t width = sizeof title;

    for (uint32_t i = 0; i < page->attempt_count; i++) {
        const size_t length = strlen(page->attempts[i].name) + 1;

        width = length > width ? length : width;
    }
    width = width > NAME_WIDTH ? NAME_WIDTH : width;
    out_str(page->out, title);
    put_blanks(page->out, width + 2 - (sizeof title - 1));
    out_str(page->out, "STATUS    FROM\n");
    for (uint32_t i = 0; i < page->attempt_count; i++) {
        const struct attempt *attempt = &page->attempts[i];
        const char *status = status_words(attempt->reply.status);
        const size_t length = strlen(attempt->name) + 1;

        out_printf(page->out, ";%s", attempt->name);
        if (length > width) {
            out_char(page->out, '\n');
            put_blanks(page->out, width + 2);
        } else {
            put_blanks(page->out, width + 2 - length);
        }
        out_str(page->out, status);
        put_blanks(page->out, STATUS_WIDTH - strlen(status));
        out_printf(page->out, "%s\n", columns[attempt->place]);
    }
}

/* Why there is nothing at the end of aliases. */
static void put_dead_end(struct page *page, const struct attempt *attempt)
{
    const char *seen[TRIES_MAX * 2] = {without_dot(&page->arena, attempt->name)};
    uint32_t count = 1;
    bool is_loop = false;

    out_printf(page->out, ";; %s", seen[0]);
    for (const struct dns_alias *alias = attempt->reply.aliases; alias != NULL && !is_loop;
         alias = alias->next) {
        const char *target = without_dot(&page->arena, alias->target);

        out_printf(page->out, "\n;;   is an alias of %s", target);
        for (uint32_t i = 0; i < count; i++)
            is_loop |= strcmp(seen[i], target) == 0;
        if (count < EP_COUNT_OF(seen))
            seen[count++] = target;
    }
    out_str(page->out, is_loop ? ": they go round in a circle\n" : ", which has no address\n");
}

static void put_answer(struct page *page, const struct attempt *attempt)
{
    const struct dns_reply *reply = &attempt->reply;

    if (reply->status != DNS_NOERROR) {
        out_str(page->out, reply->status == DNS_NODATA ? "\n;; no record of that type\n"
                                                       : "\n;; there is no such name\n");
        for (uint32_t i = 0; i < page->attempt_count; i++) {
            if (page->attempts[i].reply.has_dead_end)
                put_dead_end(page, &page->attempts[i]);
        }
    } else {
        out_str(page->out, "\n;; ANSWER\n");
        put_records(page, reply);
        out_char(page->out, '\n');
    }
    if (attempt->place < DNS_AT_SERVER)
        out_printf(page->out, ";; kept by %s until ", place_words(page, attempt->place));
    else
        out_str(page->out, ";; who caches it may keep it until ");
    if (reply->ttl_ns >= NS_NEVER - page->now_ns)
        out_str(page->out, "the end");
    else
        why_words_put_instant(page->out, page->now_ns + reply->ttl_ns);
    out_char(page->out, '\n');
    if (attempt->place == DNS_AT_SERVER && reply->is_host_kept)
        out_str(page->out, ";; the host's addresses come from cluster DNS's cache\n");
    if (reply->first != ID_NONE)
        out_printf(page->out, ";; the client keeps to %s\n", reply->records[reply->first].data);
}

static void put_fresher(struct page *page, enum dns_place place, const struct dns_reply *reply)
{
    if (place == DNS_AT_API)
        out_str(page->out, "\n;; STALE: by what the API holds now it would be\n");
    else
        out_printf(page->out, "\n;; STALE: %s would answer now\n", place_words(page, place));
    if (reply->status != DNS_NOERROR)
        out_printf(page->out, ";; %s\n", status_words(reply->status));
    put_records(page, reply);
}

/* What those behind would say instead; false: the same. */
static bool put_difference(struct page *page, const struct attempt *attempt)
{
    struct dns_reply last = attempt->reply;
    struct dns_reply reply;
    bool differs = false;

    for (enum dns_place place = attempt->place + 1; place <= DNS_AT_API; place++) {
        if (!ask_at(page, attempt->name, place, &reply) || dns_lookup_same(&last, &reply))
            continue;
        put_fresher(page, place, &reply);
        last = reply;
        differs = true;
    }
    return differs;
}

/* The attempt that counts: the one with an answer; else the first that exists; else the last. */
static const struct attempt *telling(const struct page *page)
{
    const struct attempt *last = &page->attempts[page->attempt_count - 1];

    if (last->reply.status == DNS_NOERROR)
        return last;
    for (uint32_t i = 0; i < page->attempt_count; i++) {
        if (page->attempts[i].reply.status == DNS_NODATA)
            return &page->attempts[i];
    }
    return last;
}

void dns_page_write(struct out *out, struct world *world, const struct dns_asker *asker,
                    const char *name, enum dns_type type)
{
    struct page page = {.out = out,
                        .world = world,
                        .cluster = world_dataplane(world),
                        .asker = asker,
                        .type = type,
                        .now_ns = world_now_ns(world)};

    arena_init(&page.arena);
    put_head(&page, name);
    ask_all(&page, name);
    put_attempts(&page);
    put_answer(&page, telling(&page));
    for (uint32_t i = 0; i < page.attempt_count && !put_difference(&page, &page.attempts[i]); i++)
        continue;
    arena_deinit(&page.arena);
}
