#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "swarmwall-runc.conf"
#define MOST_BYTES 8192
#define MOST_WAIT_MS 120000

static const char *const RUNTIMES[] = {"/usr/bin/runc", "/usr/sbin/runc", "/usr/local/bin/runc", "/usr/local/sbin/runc"};

static int copy(char *to, size_t size, const char *text) {
    size_t length = strlen(text);
    if (length == 0 || length >= size) return 0;
    memcpy(to, text, length + 1);
    return 1;
}

static int absolute(char *to, size_t size, const char *text) {
    return text[0] == '/' && copy(to, size, text);
}

static const char *take(struct settings *settings, const char *key, const char *value) {
    if (strcmp(key, "runtime") == 0)
        return absolute(settings->runtime, sizeof settings->runtime, value) ? NULL : "runtime is not an absolute path";
    if (strcmp(key, "socket") == 0)
        return absolute(settings->socket, sizeof settings->socket, value) ? NULL : "socket is not an absolute path";
    if (strcmp(key, "netns") == 0)
        return absolute(settings->netns, sizeof settings->netns, value) ? NULL : "netns is not an absolute path";
    if (strcmp(key, "hold") == 0) {
        settings->hold = strcmp(value, "off") != 0;
        return settings->hold && strcmp(value, "on") != 0 ? "hold is neither on nor off" : NULL;
    }
    if (strcmp(key, "without_agent") == 0) {
        settings->without_agent = strcmp(value, "open") == 0 ? OPEN : CLOSED;
        return settings->without_agent == CLOSED && strcmp(value, "closed") != 0
                   ? "without_agent is neither closed nor open"
                   : NULL;
    }
    if (strcmp(key, "wait_ms") == 0) {
        char *end = NULL;
        long wait = strtol(value, &end, 10);
        if (*value == '\0' || *end != '\0' || wait < 1 || wait > MOST_WAIT_MS) return "wait_ms is not 1 to 120000";
        settings->wait_ms = (int)wait;
        return NULL;
    }
    return "it has a key that is not known";
}

static const char *parse(struct settings *settings, char *text) {
    for (char *line = text, *next; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL) *next++ = '\0';
        if (line[0] == '\0' || line[0] == '#') continue;
        char *value = strchr(line, '=');
        if (value == NULL) return "it has a line without =";
        *value++ = '\0';
        const char *problem = take(settings, line, value);
        if (problem != NULL) return problem;
    }
    return NULL;
}

static void set_defaults(struct settings *settings) {
    memset(settings, 0, sizeof *settings);
    settings->hold = 1;
    settings->wait_ms = 15000;
    settings->without_agent = CLOSED;
    copy(settings->socket, sizeof settings->socket, "/run/swarmwall/guard.sock");
    copy(settings->netns, sizeof settings->netns, "/run/docker/netns");
    for (size_t i = 0; i < sizeof RUNTIMES / sizeof *RUNTIMES; i++)
        if (settings->runtime[0] == '\0' && access(RUNTIMES[i], X_OK) == 0)
            copy(settings->runtime, sizeof settings->runtime, RUNTIMES[i]);
}

/* Whole, or not at all: a part of it might say the opposite. */
static ssize_t read_whole(int file, char *to, size_t size) {
    size_t had = 0;
    while (had < size) {
        ssize_t more = read(file, to + had, size - had);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0) return -1;
        if (more == 0) return (ssize_t)had;
        had += (size_t)more;
    }
    return -1;
}

const char *read_settings(struct settings *settings) {
    char path[PATH_MAX];
    char text[MOST_BYTES + 1];
    struct stat found;

    set_defaults(settings);
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof NAME - 1);
    if (length <= 0 || (size_t)length >= sizeof path - sizeof NAME - 1) return "its folder is not known";
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    memcpy(slash + 1, NAME, sizeof NAME);

    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return errno == ENOENT ? NULL : "it can't be opened";
    const char *problem = NULL;
    ssize_t had = -1;
    if (fstat(file, &found) != 0 || !S_ISREG(found.st_mode)) problem = "it is not a file";
    else if (found.st_uid != 0 || (found.st_mode & 022) != 0) problem = "others than root may write it";
    else if ((had = read_whole(file, text, MOST_BYTES)) < 0) problem = "it can't be read";
    close(file);
    if (problem != NULL) return problem;
    text[had] = '\0';
    return strlen(text) == (size_t)had ? parse(settings, text) : "it holds a null byte";
}
