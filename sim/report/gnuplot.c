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

#define EXIT_NOT_STARTED 127

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

/* In the child: never returns. */
static _Noreturn void become_gnuplot(const struct gnuplot_job *job, int output)
{
    const int nothing = open("/dev/null", O_RDONLY);

    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(output, STDERR_FILENO) >= 0 && chdir(job->folder) == 0) {
        (void)setenv("LC_ALL", "C.UTF-8", 1);
        (void)unsetenv("GNUTERM");
        execl(job->path, "gnuplot", "-d", job->script, (char *)NULL); /* -d: no start-up files */
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

/* Reads what gnuplot says, as far as `message` takes it, until it ends. False once the time is
 * over. */
static bool listen(int input, int timeout_s, char *message, size_t size)
{
    struct timespec deadline;
    size_t used = 0;

    message[0] = '\0';
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += timeout_s;
    for (;;) {
        struct pollfd wait = {.fd = input, .events = POLLIN};
        char chunk[256];
        ssize_t count;
        const int ready = poll(&wait, 1, ms_until(&deadline));

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        count = read(input, chunk, sizeof chunk);
        if (count <= 0)
            return true;
        for (ssize_t i = 0; i < count && used + 1 < size; i++)
            message[used++] = (unsigned char)chunk[i] < ' ' ? ' ' : chunk[i];
        message[used] = '\0';
    }
}

static bool judge(const struct gnuplot_job *job, int wait_status, char *message, size_t size)
{
    char said[200];

    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
        return true;
    snprintf(said, sizeof said, "%s", message + strspn(message, " "));
    if (WIFSIGNALED(wait_status))
        snprintf(message, size, "%s: killed by signal %d", job->script, WTERMSIG(wait_status));
    else if (WEXITSTATUS(wait_status) == EXIT_NOT_STARTED)
        snprintf(message, size, "%s: cannot be started", job->path);
    else
        snprintf(message, size, "%s: %s", job->script, said);
    return false;
}

bool gnuplot_run(const struct gnuplot_job *job, char *message, size_t size)
{
    int ends[2];
    int wait_status;
    bool is_in_time;
    pid_t child;

    if (pipe(ends) != 0) {
        snprintf(message, size, "%s", strerror(errno));
        return false;
    }
    child = fork();
    if (child == 0) {
        close(ends[0]);
        become_gnuplot(job, ends[1]);
    }
    close(ends[1]);
    if (child < 0) {
        snprintf(message, size, "%s", strerror(errno));
        close(ends[0]);
        return false;
    }
    is_in_time = listen(ends[0], job->timeout_s, message, size);
    close(ends[0]);
    if (!is_in_time)
        kill(child, SIGKILL);
    while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR)
        ;
    if (!is_in_time) {
        snprintf(message, size, "%s: not done after %d s", job->script, job->timeout_s);
        return false;
    }
    return judge(job, wait_status, message, size);
}
