#include "arguments.h"

#include <stddef.h>
#include <string.h>

#define MOST_NAME 255

static const char *const WITH_VALUE[] = {"log", "log-format", "root", "criu", "rootless"};
static const char *const SWITCHES[] = {"debug", "systemd-cgroup", "help", "h", "version", "v"};
static const char *const STARTING[] = {"start", "run", "restore"};

#define COUNT(list) (sizeof(list) / sizeof *(list))

static int is_among(const char *const *list, size_t count, const char *name, size_t length) {
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == length && memcmp(list[i], name, length) == 0) return 1;
    return 0;
}

/* An option that is not known may take the next word or not: harmless where no word says that something starts. */
static enum action guess(int count, char *const *words) {
    for (int i = 1; i < count; i++)
        if (is_among(STARTING, COUNT(STARTING), words[i], strlen(words[i]))) return UNREADABLE;
    return PASS;
}

static const char *first_word(int from, int count, char *const *words) {
    for (int i = from; i < count; i++) {
        if (strcmp(words[i], "--") == 0) return i + 1 < count ? words[i + 1] : NULL;
        if (words[i][0] != '-') return words[i];
    }
    return NULL;
}

static enum action action_of(const char *subcommand) {
    if (strcmp(subcommand, "start") == 0) return HOLD;
    if (strcmp(subcommand, "run") == 0 || strcmp(subcommand, "restore") == 0) return UNHELD;
    return PASS;
}

struct arguments read_arguments(int count, char *const *words) {
    struct arguments found = {PASS, NULL, NULL};
    for (int i = 1; i < count; i++) {
        const char *word = words[i];
        int ends = strcmp(word, "--") == 0;
        if (ends && ++i >= count) return found;
        if (ends || word[0] != '-' || word[1] == '\0') {
            found.action = action_of(words[i]);
            if (found.action == HOLD) found.container = first_word(i + 1, count, words);
            return found;
        }
        const char *name = word + (word[1] == '-' ? 2 : 1);
        const char *value = strchr(name, '=');
        size_t length = value == NULL ? strlen(name) : (size_t)(value - name);
        if (is_among(WITH_VALUE, COUNT(WITH_VALUE), name, length)) {
            if (value == NULL && i + 1 >= count) return found;
            const char *given = value == NULL ? words[++i] : value + 1;
            if (length == 3 && memcmp(name, "log", 3) == 0) found.log = given;
        } else if (!is_among(SWITCHES, COUNT(SWITCHES), name, length)) {
            found.action = guess(count, words);
            return found;
        }
    }
    return found;
}

int is_container(const char *text) {
    size_t length = strlen(text);
    if (length == 0 || length > MOST_NAME || text[0] == '.' || text[0] == '-') return 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        int letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '_' && c != '-' && c != '.' && c != '+') return 0;
    }
    return 1;
}
