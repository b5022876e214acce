#ifndef SWARMWALL_NFLOG_H
#define SWARMWALL_NFLOG_H

#include <stddef.h>

#include "flow.h"

/* What a rule has logged is in the socket's buffer after so long. */
#define BATCH_MS 30

struct nflog {
    int file;
    uint32_t next; /* number of the packet that should come next */
    uint64_t lost; /* packets that did not come */
};

/* One group of the log in this process's network namespace. Returns 0, or an error's number. */
int open_nflog(struct nflog *log, int group);

/* Where a packet comes by and goes by. */
struct places {
    unsigned port_in, port_out; /* of the bridge; 0: none */
    int stays_here;             /* it goes nowhere, but to the node itself */
};

typedef void (*take_packet)(void *into, struct flow_key *key, uint64_t length, struct places places);

/* Hands over the packets in one answer of the kernel. */
void read_nflog(struct nflog *log, const unsigned char *answer, size_t size, take_packet take, void *into);

#endif
