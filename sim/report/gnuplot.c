/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

#define EXIT_NOT_STARTED 127
#define LOOK_MS 100 /* how often it is looked whether to stop */
#define PARTS_MAX 2u

bool gnuplot_find(char *path, size_t size)
{
    const char *at = getenv("PATH");

    while (at != NULL && *at != '\0') {
        const size_t length = strcspn(at, ":");
        const int written = snprintf(path, size, "%.*s/gnuplot", (int)length, at);

        if (length > 0 && written > 0 && (size_t)written < size && access(path, X_OK) == 0)
            return true;
        at += length + (at[length] == ':' ? 1 : 0);
    }
    return false;
}

/* A process, and the scripts that it runs: every stride-th from `first` on. */
struct part {
    const struct gnuplot_job *job;
    uint32_t first;
    uint32_t stride;
    pid_t child; /* -1: not started */
    int output;  /* what it says */
};

/* In the child: never returns. */
static _Noreturn void become_gnuplot(const struct part *part, int output)
{
    const struct gnuplot_job *job = part->job;
    char name[] = "gnuplot";
    char no_startup_files[] = "-d";
    char execute[] = "-e";
    char theme[64];
    char *arguments[GNUPLOT_SCRIPTS_MAX + 5] = {name, no_startup_files};
    uint32_t count = 2;
    const int nothing = open("/dev/null", O_RDONLY);

    if (job->theme != NULL) {
        snprintf(theme, sizeof theme, "theme='%s'", job->theme);
        arguments[count++] = execute;
        arguments[count++] = theme;
    }
    for (uint32_t i = part->first; i < job->script_count; i += part->stride) {
        char *script = strdup(job->scripts[i]); /* gone with the exec */

        if (script != NULL)
            arguments[count++] = script;
    }
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(output, STDERR_FILENO) >= 0 && chdir(job->folder) == 0) {
        (void)setenv("LC_ALL", "C.UTF-8", 1);
        (void)unsetenv("GNUTERM");
        execv(job->path, arguments);
    }
    _exit(EXIT_NOT_STARTED);
}

static int ms_until(const struct timespec *deadline)
{
    struct timespec now;
    int64_t ms;

    clock_gettime(CLOCK_MONOTONIC, &now);
    ms = (int64_t)(deadline->tv_sec - now.tv_sec) * 1000 +
         (deadline->tv_nsec - now.tv_nsec) / 1000000;
    return ms < 0 ? 0 : (int)ms;
}

static bool is_stopped(const struct gnuplot_job *job)
{
    return job->stop != NULL && *job->stop != 0;
}

/* Reads what gnuplot says, as far as `message` takes it, until it ends. False once the time is
 * over or the job is stopped. */
static bool listen(const struct part *part, const struct timespec *deadline, char *message,
                   size_t size)
{
    size_t used = 0;

    message[0] = '\0';
    for (;;) {
        struct pollfd wait = {.fd = part->output, .events = POLLIN};
        char chunk[256];
        ssize_t count;
        const int left_ms = ms_until(deadline);
        const int ready = poll(&wait, 1, left_ms < LOOK_MS ? left_ms : LOOK_MS);

        if (is_stopped(part->job) || (ready == 0 && left_ms == 0) || (ready < 0 && errno != EINTR))
            return false;
        if (ready <= 0)
            continue;
        count = read(part->output, chunk, sizeof chunk);
        if (count <= 0)
            return true;
        for (ssize_t i = 0; i < count && used + 1 < size; i++)
            message[used++] = (unsigned char)chunk[i] < ' ' ? ' ' : chunk[i];
        message[used] = '\0';
    }
}

/* What a message begins with: the script, where it can only be one. */
static const char *subject(const struct part *part)
{
    return part->first + part->stride >= part->job->script_count ? part->job->scripts[part->first]
                                                                 : "gnuplot";
}

static bool judge(const struct part *part, int wait_status, char *message, size_t size)
{
    char said[200];

    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
        return true;
    snprintf(said, sizeof said, "%s", message + strspn(message, " "));
    if (WIFSIGNALED(wait_status))
        snprintf(message, size, "%s: killed by signal %d", subject(part), WTERMSIG(wait_status));
    else if (WEXITSTATUS(wait_status) == EXIT_NOT_STARTED)
        snprintf(message, size, "%s: cannot be started", part->job->path);
    else
        snprintf(message, size, "%s: %s", subject(part), said);
    return false;
}

static bool start(struct part *part, char *message, size_t size)
{
    int ends[2];

    part->child = -1;
    if (pipe(ends) != 0) {
        snprintf(message, size, "%s", strerror(errno));
        return false;
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC); /* the next part must not hold it open */
    part->child = fork();
    if (part->child == 0) {
        close(ends[0]);
        become_gnuplot(part, ends[1]);
    }
    close(ends[1]);
    part->output = ends[0];
    if (part->child >= 0)
        return true;
    snprintf(message, size, "%s", strerror(errno));
    close(ends[0]);
    return false;
}

/* Waits for a started part to end, and ends it itself where it takes too long. */
static bool finish(const struct part *part, const struct timespec *deadline, char *message,
                   size_t size)
{
    const bool is_in_time = listen(part, deadline, message, size);
    int wait_status;

    close(part->output);
    if (!is_in_time)
        kill(part->child, SIGKILL);
    while (waitpid(part->child, &wait_status, 0) < 0 && errno == EINTR)
        ;
    if (is_in_time)
        return judge(part, wait_status, message, size);
    if (is_stopped(part->job))
        snprintf(message, size, "interrupted");
    else
        snprintf(message, size, "%s: not done after %d s", subject(part), part->job->timeout_s);
    return false;
}

bool gnuplot_run(const struct gnuplot_job *job, char *message, size_t size)
{
    struct part parts[PARTS_MAX];
    const uint32_t part_count = job->script_count < PARTS_MAX ? job->script_count : PARTS_MAX;
    struct timespec deadline;
    bool is_done = true;

    EP_REQUIRE(job->script_count <= GNUPLOT_SCRIPTS_MAX);
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += job->timeout_s;
    for (uint32_t i = 0; i < part_count; i++) {
        parts[i] = (struct part){.job = job, .first = i, .stride = part_count, .child = -1};
        is_done = is_done && start(&parts[i], message, size);
    }
    for (uint32_t i = 0; i < part_count; i++) {
        char said[400];

        if (parts[i].child < 0 || finish(&parts[i], &deadline, said, sizeof said))
            continue;
        if (is_done)
            snprintf(message, size, "%s", said);
        is_done = false;
    }
    return is_done;
}
