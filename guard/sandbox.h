#ifndef SWARMWALL_SANDBOX_H
#define SWARMWALL_SANDBOX_H

#include <net/if.h>

#define MOST_INTERFACES 64
#define MOST_ADDRESSES 4

enum peer {
    PEER_OVERLAY, /* a port of an overlay's bridge */
    PEER_HOST,    /* a port of a bridge of the node's own namespace */
    PEER_OTHER    /* anything else, or nothing */
};

/* One interface of the container, and where its other end is: as the kernel has it, whatever anyone says. */
struct interface {
    int index;
    int peer_index;
    int peer_namespace; /* the kernel's number for it in the container's namespace; -1: this one */
    enum peer peer;
    char file[16]; /* of the overlay's namespace */
    char port[IF_NAMESIZE];
    unsigned char mac[6];
    unsigned addresses[MOST_ADDRESSES]; /* IPv4, in network order */
    int address_count;
};

struct sandbox {
    int is_host; /* the node's own namespace: nothing to look at */
    int count;   /* without the loopback */
    struct interface interfaces[MOST_INTERFACES];
};

/*
 * Looks into the network namespace of a process, and comes back to this one.
 * Returns 0; -1 when that can't be told; -2 when this process is in the wrong namespace now, and must end.
 */
int look_into_sandbox(int pid, const char *netns, struct sandbox *sandbox);

/* The process that waits to become the container's, from the bundle's `init.pid`; -1: not known. */
int read_init_pid(const char *container);

#endif
