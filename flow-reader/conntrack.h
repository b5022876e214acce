#ifndef SWARMWALL_CONNTRACK_H
#define SWARMWALL_CONNTRACK_H

#include <stddef.h>

#include "flow.h"

/* Ends of connections in this process's network namespace. -1: can't be had. */
int open_conntrack(void);

/* Connections count their packets from now on, where the kernel lets us say so. */
void count_packets(void);

/* `marked`: it has a mark like that of a network's program, which `verdict` is from. */
typedef void (*take_end)(void *into, struct flow_key *key, int marked, uint64_t packets, uint64_t bytes);

/* Hands over the connections in one answer of the kernel. */
void read_conntrack(const unsigned char *answer, size_t size, take_end take, void *into);

#endif
