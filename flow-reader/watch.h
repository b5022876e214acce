#ifndef SWARMWALL_WATCH_H
#define SWARMWALL_WATCH_H

#include "flow.h"
#include "nflog.h"

#define SOCKETS (VERDICTS + 1) /* one a verdict, then the ends of connections */

/* One network namespace, watched through sockets that were opened in it. */
struct watch {
    int is_open;
    int group; /* the first of its log's */
    struct nflog logs[VERDICTS];
    int conntrack;
    int devices;     /* a socket to ask for devices */
    unsigned uplink; /* the bridge's port to other nodes; 0: not known yet */
    uint32_t dropped; /* ends that did not fit in their socket's buffer, since it was opened */
    /* Lost, and not said yet. */
    uint64_t crowded[VERDICTS];
    uint64_t ends;
};

/*
 * Opens them in the namespace that `path` is, or in the one that this process is in ("-"), and comes back. `group`: the first
 * of the log's groups that are watched there, one a verdict.
 * Returns 0, or an error's number; -1 when this process is in the wrong namespace now, and must end.
 */
int open_watch(struct watch *watch, int group, const char *path);
void close_watch(struct watch *watch);

/* Socket `which`, of SOCKETS. */
int watch_file(const struct watch *watch, int which);

/* Sums up what came to socket `which`, as far as one turn goes. Returns 0 when nothing is left. */
int read_watch(struct watch *watch, int number, int which);

#endif
