/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/version_lines.h"

#include "report/kube_doc.h"

static struct doc *doc_of(struct version_lines *lines, const struct stored_version *version)
{
    const struct cluster *cluster = world_cluster(lines->world);
    struct kube_object object = {0};

    if (version->kind == OBJECT_SLICE) {
        object.kind = kube_kind_at(KUBE_ENDPOINT_SLICE);
        object.slice = snapshot_slice_at(&lines->arena, cluster, version->object);
        object.meta = &object.slice->meta;
    } else {
        object.kind = kube_kind_at(KUBE_ENDPOINTS);
        object.endpoints = snapshot_endpoints_at(&lines->arena, cluster, version->object);
        object.meta = &object.endpoints->meta;
    }
    return version->verb == WRITE_DELETE ? kube_doc_head(&lines->arena, &lines->view, &object)
                                         : kube_doc_of(&lines->arena, &lines->view, &object);
}

static void version_stored(void *self, const struct stored_version *version)
{
    static const char *const types[] = {
        [WRITE_CREATE] = "ADDED", [WRITE_UPDATE] = "MODIFIED", [WRITE_DELETE] = "DELETED"};
    struct version_lines *lines = self;
    struct out text;

    if (version->kind != OBJECT_SLICE && version->kind != OBJECT_ENDPOINTS)
        return;
    if (lines->byte_count >= lines->bytes_max) {
        lines->omitted_count++;
        return;
    }
    out_open_memory(&text);
    out_str(&text, "{\"t_s\":");
    out_seconds(&text, version->at_ns);
    out_printf(&text, ",\"type\":\"%s\",\"object\":", types[version->verb]);
    doc_write_line(&text, doc_of(lines, version));
    out_str(&text, "}\n");
    lines->byte_count += text.used;
    out_bytes(&lines->out, text.buffer, text.used);
    out_discard(&text);
    arena_reset(&lines->arena);
}

enum status version_lines_start(struct version_lines *lines, struct world *world, const char *path,
                                struct error *err)
{
    const struct world_spec *spec = world_get_spec(world);
    const struct cluster_observer observer = {.self = lines, .version_stored = version_stored};
    enum status status;

    *lines = (struct version_lines){
        .world = world,
        .view = {.epoch_s = spec->epoch_s, .version_minor = spec->cluster.version_minor},
        .bytes_max = VERSION_LINES_BYTES_MAX};
    status = out_open(&lines->out, path, err);
    if (status != STATUS_OK)
        return status;
    arena_init(&lines->arena);
    world_observe(world, &observer, NULL, NULL);
    return STATUS_OK;
}

enum status version_lines_finish(struct version_lines *lines, struct error *err)
{
    if (lines->omitted_count > 0) {
        out_str(&lines->out, "{\"t_s\":");
        out_seconds(&lines->out, world_now_ns(lines->world));
        out_printf(&lines->out, ",\"type\":\"OMITTED\",\"versions\":%llu}\n",
                   (unsigned long long)lines->omitted_count);
    }
    arena_deinit(&lines->arena);
    return out_close(&lines->out, err);
}
