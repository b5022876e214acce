#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MOST_BYTES 16384
#define PAUSE_MS 20

struct text {
    char bytes[MOST_BYTES];
    int length;
};

static long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Nothing is written beyond the end: a message that does not fit has no last line, and is refused. */
__attribute__((format(printf, 2, 3))) static void append(struct text *text, const char *format, ...) {
    va_list values;
    va_start(values, format);
    int left = MOST_BYTES - text->length;
    int wanted = vsnprintf(text->bytes + text->length, (size_t)left, format, values);
    va_end(values);
    text->length += wanted < 0 || wanted >= left ? 0 : wanted;
}

static const char *const KINDS[] = {[PEER_OVERLAY] = "overlay", [PEER_HOST] = "host", [PEER_OTHER] = "other"};

/* `start 1 CONTAINER`, then `KIND FILE PORT MAC ADDRESS,…` for each interface (- for nothing), then `end`. */
static void write_question(struct text *text, const char *container, const struct sandbox *sandbox) {
    text->length = 0;
    append(text, "start 1 %s\n", container);
    for (int i = 0; i < sandbox->count; i++) {
        const struct interface *at = &sandbox->interfaces[i];
        const unsigned char *m = at->mac;
        append(text, "%s %s %s %02x:%02x:%02x:%02x:%02x:%02x ", KINDS[at->peer], at->file[0] ? at->file : "-",
               at->port[0] ? at->port : "-", m[0], m[1], m[2], m[3], m[4], m[5]);
        for (int j = 0; j < at->address_count; j++) {
            const unsigned char *a = (const unsigned char *)&at->addresses[j];
            append(text, "%s%u.%u.%u.%u", j == 0 ? "" : ",", a[0], a[1], a[2], a[3]);
        }
        append(text, at->address_count == 0 ? "-\n" : "\n");
    }
    append(text, "end\n");
}

/* Only root's answer counts, as only root may listen there. */
static int is_root(int connection) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == 0;
}

static int open_connection(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connection < 0) return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(connection, (struct sockaddr *)&address, sizeof address) == 0 && is_root(connection)) return connection;
    close(connection);
    return -1;
}

static int wait_for(int connection, short events, long long until) {
    struct pollfd waiting = {connection, events, 0};
    for (;;) {
        long long left = until - now_ms();
        int ready = poll(&waiting, 1, left > 0 ? (int)left : 0);
        if (ready >= 0 || errno != EINTR) return ready > 0;
    }
}

static int send_whole(int connection, const struct text *text, long long until) {
    for (int sent = 0; sent < text->length;) {
        ssize_t more = send(connection, text->bytes + sent, (size_t)(text->length - sent), MSG_NOSIGNAL);
        if (more > 0) sent += (int)more;
        else if (errno != EINTR && (errno != EAGAIN || !wait_for(connection, POLLOUT, until))) return 0;
    }
    return 1;
}

/* One line. Returns 0 when the agent is gone before it has said anything whole. */
static int receive_line(int connection, char *line, int size, long long until) {
    for (int had = 0; had < size - 1;) {
        if (!wait_for(connection, POLLIN, until)) return 0;
        ssize_t more = recv(connection, line + had, (size_t)(size - 1 - had), 0);
        if (more < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (more <= 0) return 0;
        had += (int)more;
        line[had] = '\0';
        char *end = strchr(line, '\n');
        if (end == NULL) continue;
        *end = '\0';
        return 1;
    }
    return 0;
}

enum answer ask_agent(const struct settings *settings, const char *container, const struct sandbox *sandbox, char *why,
                      int why_size) {
    static struct text question;
    char line[512];
    long long until = now_ms() + settings->wait_ms;

    write_question(&question, container, sandbox);
    do {
        int connection = open_connection(settings->socket);
        if (connection >= 0) {
            int answered =
                send_whole(connection, &question, until) && receive_line(connection, line, sizeof line, until);
            close(connection);
            if (answered && strcmp(line, "go") == 0) return GO;
            if (answered && strncmp(line, "refuse ", 7) == 0) {
                snprintf(why, (size_t)why_size, "%s", line + 7);
                return REFUSED;
            }
        }
        usleep(PAUSE_MS * 1000);
    } while (now_ms() < until);
    return SILENT;
}
