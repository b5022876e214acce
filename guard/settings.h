#ifndef SWARMWALL_SETTINGS_H
#define SWARMWALL_SETTINGS_H

#include <limits.h>

enum without_agent { CLOSED, OPEN };

/* What `swarmwall-runc.conf` beside this program says, over the defaults. */
struct settings {
    char runtime[PATH_MAX]; /* the real runc */
    char socket[108];       /* where the agent answers */
    char netns[PATH_MAX];   /* the engine's folder of namespaces */
    int hold;               /* 0: everything passes at once */
    int wait_ms;            /* for the agent, in all */
    enum without_agent without_agent;
};

/* Returns what is wrong with the file, or NULL. No file is no mistake. */
const char *read_settings(struct settings *settings);

#endif
