/* Called in runc's place: holds a container's start until the agent says that its rules are in the kernel. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "arguments.h"
#include "sandbox.h"
#include "settings.h"

#ifndef GUARD_VERSION
#error "say -DGUARD_VERSION"
#endif

#define FAILED 1

/* Text for a message that is JSON, too: what could end a string in it becomes a question mark. */
static void make_printable(char *text) {
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\') *text = '?';
}

/* On stderr, and in runc's log: the last error there is what Docker shows. */
static int refuse(const struct arguments *arguments, const char *why) {
    char message[768];
    snprintf(message, sizeof message, "swarmwall: %s", why);
    make_printable(message);
    fprintf(stderr, "%s\n", message);
    int file = arguments->log == NULL ? -1 : open(arguments->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file >= 0) {
        dprintf(file, "{\"level\":\"error\",\"msg\":\"%s\"}\n", message);
        close(file);
    }
    return FAILED;
}

static int pass(const struct settings *settings, const struct arguments *arguments, char **words) {
    if (settings->runtime[0] == '\0') return refuse(arguments, "there is no runc where it is looked for");
    words[0] = (char *)settings->runtime;
    execv(settings->runtime, words);
    char why[256];
    snprintf(why, sizeof why, "%.200s can't be run: %s", settings->runtime, strerror(errno));
    return refuse(arguments, why);
}

static int is_on_overlay(const struct sandbox *sandbox) {
    for (int i = 0; i < sandbox->count; i++)
        if (sandbox->interfaces[i].peer == PEER_OVERLAY) return 1;
    return 0;
}

/* NULL: it may start. */
static const char *hold(const struct settings *settings, const struct arguments *arguments) {
    static struct sandbox sandbox;
    static char why[512];

    if (arguments->container == NULL) return NULL; // runc says so itself
    if (!is_container(arguments->container)) return "this is no container's name";
    int pid = read_init_pid(arguments->container);
    if (pid < 0) return "the process of this container is not known";
    int looked = look_into_sandbox(pid, settings->netns, &sandbox);
    if (looked == -2) _exit(FAILED);
    if (looked < 0) return "the container's network can't be looked at";
    if (sandbox.is_host || sandbox.count == 0) return NULL;
    switch (ask_agent(settings, arguments->container, &sandbox, why, sizeof why)) {
    case GO:
        return NULL;
    case REFUSED:
        return why;
    default:
        return is_on_overlay(&sandbox) ? "no agent answers, so nobody makes sure of this container's rules" : NULL;
    }
}

int main(int count, char **words) {
    struct settings settings;
    struct arguments arguments;

    if (count == 2 && strcmp(words[1], "--swarmwall-version") == 0) {
        puts(GUARD_VERSION);
        return 0;
    }
    const char *problem = read_settings(&settings);
    arguments = read_arguments(count, words);
    if (arguments.action != PASS && problem != NULL) {
        char why[256];
        snprintf(why, sizeof why, "swarmwall-runc.conf: %s", problem);
        return refuse(&arguments, why);
    }
    if (arguments.action != PASS && settings.hold) {
        const char *why = arguments.action == HOLD     ? hold(&settings, &arguments)
                          : arguments.action == UNHELD ? "run and restore start a container before its rules are in place"
                                                       : "these options of runc are not known";
        if (why != NULL && settings.without_agent == CLOSED) return refuse(&arguments, why);
    }
    return pass(&settings, &arguments, words);
}
