/* Reads what the kernel says of flows in the network namespaces that it is told to watch, sums it up, and writes lines. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "commands.h"
#include "output.h"
#include "table.h"
#include "watch.h"

#ifndef READER_VERSION
#error "say -DREADER_VERSION"
#endif

/* Of what is summed up in one line. */
#define WINDOW_MS 60
#define EVENTS 64
/* A buffer holds no more answers of the kernel than so many turns take. */
#define MOST_TURNS 64
/* In epoll's numbers, beside a watch's number and its socket's. */
#define COMMANDS UINT64_MAX
#define OUTPUT (UINT64_MAX - 1)

static struct watch watches[MOST_WATCHES];
static int last_watch = -1;
static int poller;
/* When the sums are to be written; 0: there are none. */
static uint64_t due;
/* Number of the question that is to be answered, and when; 0: none is. */
static unsigned question;
static uint64_t answer_due;

static const char VERDICT[] = {'a', 'w', 'd', 'l'};
static const char WAY[] = {'=', '>', '<'};

static int listen_to(int file, uint64_t name, uint32_t events) {
    struct epoll_event event = {.events = events, .data.u64 = name};
    return epoll_ctl(poller, EPOLL_CTL_ADD, file, &event);
}

static void say_flow(const struct entry *entry) {
    char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
    const struct flow_key *key = &entry->key;
    const struct sums *sums = &entry->sums;
    int family = key->six ? AF_INET6 : AF_INET;
    inet_ntop(family, key->source, source, sizeof source);
    inet_ntop(family, key->destination, destination, sizeof destination);
    say("%s %d %c %c %s %s %d %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
        key->what == ENDED ? "end" : "flow", key->watch, VERDICT[key->verdict], WAY[key->way], source, destination,
        key->protocol, key->port, sums->count, sums->packets, sums->bytes, sums->first, sums->last);
}

static size_t lines_of_lost(void) {
    size_t lines = 0;
    for (int i = 0; i <= last_watch; i++) {
        if (!watches[i].is_open) continue;
        for (int j = 0; j < VERDICTS; j++) lines += (watches[i].logs[j].lost > 0) + (watches[i].crowded[j] > 0);
        lines += watches[i].ends > 0;
    }
    return lines;
}

static void say_lost(int number, struct watch *watch) {
    for (int i = 0; i < VERDICTS; i++) {
        if (watch->logs[i].lost > 0) say("unread %d %c %" PRIu64 "\n", number, VERDICT[i], watch->logs[i].lost);
        if (watch->crowded[i] > 0) say("crowded %d %c %" PRIu64 "\n", number, VERDICT[i], watch->crowded[i]);
        watch->logs[i].lost = watch->crowded[i] = 0;
    }
    if (watch->ends > 0) say("ends %d - %" PRIu64 "\n", number, watch->ends);
    watch->ends = 0;
}

/* While who reads is slow they stay, and are added up: returns 0 then. */
static int write_sums(void) {
    int count;
    const struct entry *entries = flows(&count);
    due = elapsed_ms() + WINDOW_MS;
    if (!has_room((size_t)count + lines_of_lost())) return 0;
    for (int i = 0; i < count; i++) say_flow(&entries[i]);
    for (int i = 0; i <= last_watch; i++)
        if (watches[i].is_open) say_lost(i, &watches[i]);
    clear_flows();
    due = 0;
    return 1;
}

static int read_socket(uint64_t name) {
    int number = (int)(name / SOCKETS);
    if (!watches[number].is_open) return 0;
    int more = read_watch(&watches[number], number, (int)(name % SOCKETS));
    if (due == 0) due = elapsed_ms() + WINDOW_MS;
    int count;
    flows(&count);
    if (count == MOST_FLOWS) write_sums();
    return more;
}

/* What is in its buffers now, and perhaps some that comes meanwhile. */
static void read_all(int number) {
    for (int which = 0; which < SOCKETS; which++)
        for (int turn = 0; turn < MOST_TURNS && read_socket((uint64_t)number * SOCKETS + (uint64_t)which); turn++) {}
}

/* All that the kernel had logged when it was asked is in lines before the answer. */
static void answer_question(void) {
    for (int i = 0; i <= last_watch; i++) read_all(i);
    if (!has_room(1) || !write_sums()) {
        answer_due = elapsed_ms() + WINDOW_MS;
        return;
    }
    say("synced %u\n", question);
    question = 0;
}

static void start_watch(int number, int group, const char *path) {
    struct watch *watch = &watches[number];
    if (watch->is_open) close_watch(watch);
    int error = open_watch(watch, group, path);
    if (error < 0) exit(3);
    for (int i = 0; error == 0 && i < SOCKETS; i++)
        if (listen_to(watch_file(watch, i), (uint64_t)number * SOCKETS + (uint64_t)i, EPOLLIN) != 0) {
            error = errno;
            close_watch(watch);
        }
    if (error == 0) say("open %d\n", number);
    else say("failed %d %s\n", number, strerror(error));
    if (number > last_watch) last_watch = number;
}

/* `open NUMBER GROUP PATH` (- for the reader's own namespace), `close NUMBER`, `sync QUESTION`. */
static void take_command(char *line) {
    char *word = strtok(line, " "), *number = strtok(NULL, " "), *group = strtok(NULL, " "), *path = strtok(NULL, "");
    int at = number == NULL ? -1 : atoi(number);
    if (word != NULL && strcmp(word, "sync") == 0 && at > 0) {
        question = (unsigned)at;
        answer_due = elapsed_ms() + 2 * BATCH_MS;
        return;
    }
    if (word == NULL || at < 0 || at >= MOST_WATCHES) return;
    if (strcmp(word, "open") == 0 && path != NULL) start_watch(at, atoi(group), path);
    else if (strcmp(word, "close") == 0 && watches[at].is_open) {
        read_all(at);
        write_sums();
        close_watch(&watches[at]);
    }
}

static int is_due(uint64_t when) { return when != 0 && elapsed_ms() >= when; }

static int wait_ms(void) {
    uint64_t first = question == 0 ? due : due == 0 || answer_due < due ? answer_due : due;
    uint64_t now = elapsed_ms();
    return first == 0 ? -1 : now >= first ? 0 : (int)(first - now);
}

static int run(void) {
    struct epoll_event events[EVENTS];
    for (int waiting = 0;;) {
        int ready = epoll_wait(poller, events, EVENTS, wait_ms());
        if (ready < 0 && errno != EINTR) return 1;
        for (int i = 0; i < ready; i++) {
            uint64_t name = events[i].data.u64;
            if (name == COMMANDS) {
                if (!read_commands(take_command)) return 0;
            } else if (name != OUTPUT) read_socket(name);
        }
        if (is_due(due)) write_sums();
        if (question != 0 && is_due(answer_due)) answer_question();
        int now = write_waiting();
        if (now < 0) return 0;
        if (now == waiting) continue;
        struct epoll_event event = {.events = now ? EPOLLOUT : 0, .data.u64 = OUTPUT};
        epoll_ctl(poller, EPOLL_CTL_MOD, STDOUT_FILENO, &event);
        waiting = now;
    }
}

int main(int count, char **words) {
    if (count == 2 && strcmp(words[1], "--version") == 0) {
        puts(READER_VERSION);
        return 0;
    }
    struct rlimit files = {0};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    signal(SIGPIPE, SIG_IGN);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0 || fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK) != 0) return 2;
    if (listen_to(STDIN_FILENO, COMMANDS, EPOLLIN) != 0 || listen_to(STDOUT_FILENO, OUTPUT, 0) != 0) return 2;
    say("hello %d %s\n", PROTOCOL, READER_VERSION);
    if (write_waiting() < 0) return 0;
    return run();
}
