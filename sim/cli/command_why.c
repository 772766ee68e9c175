/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/open_result.h"
#include "report/why_failures.h"
#include "report/why_story.h"

static const struct option table[] = {
    {"output", 'o', "text|json", "failures as JSON"},
    CONSOLE_OPTIONS,
};

/* What is asked. */
struct question {
    const char *folder;
    const char *request; /* an id; NULL */
    const char *change;  /* a number; NULL */
    bool is_json;
};

static enum status read_output(struct question *question, const struct options *options,
                               struct error *err)
{
    const char *output = options_value(options, "output");

    question->is_json = output != NULL && strcmp(output, "json") == 0;
    if (output != NULL && !question->is_json && strcmp(output, "text") != 0)
        return error_set(err, STATUS_INVALID, "-o: expected text or json, got \"%s\"", output);
    if (question->is_json && (question->request != NULL || question->change != NULL))
        return error_set(err, STATUS_INVALID, "-o json is for failures");
    return STATUS_OK;
}

/* DIR [failures | request ID | change ID] */
static enum status read_question(struct question *question, const struct options *options,
                                 struct error *err)
{
    const enum status status = command_needs_operand(&command_why, options, err);
    const uint32_t count = options->operand_count;
    const char *what = count > 1 ? options->operands[1] : "failures";

    if (status != STATUS_OK)
        return status;
    question->folder = options->operands[0];
    if (strcmp(what, "request") == 0 || strcmp(what, "change") == 0) {
        if (count != 3)
            return error_set(err, STATUS_INVALID, "why %s: expected one ID behind it; usage: %s",
                             what, command_why.usage);
        if (strcmp(what, "request") == 0)
            question->request = options->operands[2];
        else
            question->change = options->operands[2];
    } else if (strcmp(what, "failures") != 0 || count > 2) {
        return error_set(err, STATUS_INVALID,
                         "why: expected failures, request ID or change ID, got \"%s\"",
                         options->operands[count - 1]);
    }
    return read_output(question, options, err);
}

static enum status explain_request(const struct why_page *page, const struct why_data *data,
                                   const struct question *question, struct error *err)
{
    if (data->has_asked) {
        why_story_put_request(page, data);
        return STATUS_OK;
    }
    if (data->row_count == 0)
        return error_set(err, STATUS_INVALID,
                         "%s/requests.csv holds no request (none was lost, or record.requests: "
                         "none): \"%s\" cannot be looked up; run with "
                         "--set spec.record.requests=all for every one",
                         data->result->folder, question->request);
    return error_set(err, STATUS_INVALID,
                     "%s/requests.csv has no request \"%s\": it holds %llu, the first %s and the "
                     "last %s (of requests that were answered only with record.requests: all)",
                     data->result->folder, question->request, (unsigned long long)data->row_count,
                     data->first_id, data->last_id);
}

static enum status explain_change(const struct why_page *page, const struct why_data *data,
                                  const struct question *question, struct error *err)
{
    char *end;
    const unsigned long number = strtoul(question->change, &end, 10);
    const bool is_number = question->change[0] >= '0' && question->change[0] <= '9' && *end == '\0';
    const struct why_change *change =
        is_number && number <= UINT32_MAX ? why_data_change(data, (uint32_t)number) : NULL;

    if (change != NULL) {
        why_story_put_change(page, data, change);
        return STATUS_OK;
    }
    if (data->change_count == 0)
        return error_set(err, STATUS_INVALID, "%s/changes.csv holds no change: no endpoint changed",
                         data->result->folder);
    return error_set(err, STATUS_INVALID, "%s/changes.csv has no change \"%s\": it holds %u to %u",
                     data->result->folder, question->change, data->changes[0].number,
                     data->changes[data->change_count - 1].number);
}

static enum status explain(const struct why_page *page, const struct why_data *data,
                           const struct question *question, struct error *err)
{
    if (question->request != NULL)
        return explain_request(page, data, question, err);
    if (question->change != NULL)
        return explain_change(page, data, question, err);
    if (question->is_json)
        why_failures_put_json(page->out, data);
    else
        why_failures_put(page, data);
    return STATUS_OK;
}

static enum status run(const struct console *console, const struct options *options,
                       struct error *err)
{
    struct question question = {.request = NULL};
    struct result result;
    struct why_data data;
    struct out text;
    const struct why_page page = {.out = &text, .has_color = console->has_data_color};
    enum status status = read_question(&question, options, err);

    if (status != STATUS_OK)
        return status;
    out_open_memory(&text);
    status = open_result(console, question.folder, &result, err);
    if (status == STATUS_OK)
        status = why_data_load(&data, &result, question.request, err);
    if (status == STATUS_OK)
        status = explain(&page, &data, &question, err);
    if (status == STATUS_OK)
        status = console_data(text.buffer, text.used, err);
    out_discard(&text);
    result_close(&result);
    return status;
}

const struct command command_why = {
    .name = "why",
    .line = "why requests were lost, and what would have saved them",
    .usage = "epsim why DIR [failures | request ID | change ID] [OPTION]...",
    .examples = "  epsim why results/rolling-update/latest\n"
                "  epsim why results/rolling-update/latest request shoppers/13271\n"
                "  epsim why results/rolling-update/latest change 3\n",
    .text = "Reads the files of a result; nothing is simulated. failures groups all lost\n"
            "requests, largest group first. IDs are those of requests.csv and changes.csv.\n"
            "Of several replications it explains the first, whose rows the files hold.\n",
    .options = table,
    .option_count = EP_COUNT_OF(table),
    .run = run,
};
