#ifndef SWARMWALL_NFLOG_H
#define SWARMWALL_NFLOG_H

#include <stddef.h>

#include "flow.h"

struct nflog {
    int file;
    uint32_t next; /* number of the packet that should come next */
    uint64_t lost; /* packets that did not come */
};

/* One group of the log in this process's network namespace. Returns 0, or an error's number. */
int open_nflog(struct nflog *log, int group);

typedef void (*take_packet)(void *into, struct flow_key *key, uint64_t length, unsigned in, unsigned out);

/* Hands over the packets in one answer of the kernel, with the ports of the bridge that each came by and goes by (0: none). */
void read_nflog(struct nflog *log, const unsigned char *answer, size_t size, take_packet take, void *into);

#endif
