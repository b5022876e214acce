#ifndef SWARMWALL_FLOW_H
#define SWARMWALL_FLOW_H

#include <stdint.h>

#define MOST_WATCHES 4096

/* What lines and commands mean; said first of all. To be raised here and in plugin/agent/flows/reader-protocol.ts when that changes. */
#define PROTOCOL 1

/* As rules/flows/log-groups.ts numbers the groups of each place, from the first. */
enum verdict { ALLOWED, WOULD_DENY, DENIED, LIMITED, VERDICTS };
/* Of a network's own program, which marks the connections that it lets pass. */
#define NETWORK_GROUP 21367

enum way {
    STAYS,  /* from one port of this node's bridge to another, or it has no ports */
    LEAVES, /* to another node */
    COMES   /* from another node; of a program that is no network's: to the node itself */
};

enum what {
    BEGUN, /* packets that were judged */
    ENDED  /* connections that are over, with all their packets */
};

/* Packets that are summed up. Without padding, as it is compared and hashed by its bytes. */
struct flow_key {
    unsigned char source[16];
    unsigned char destination[16];
    uint16_t watch;
    uint16_t port; /* 0: none */
    uint8_t six;   /* addresses are IPv6; else they are the first four bytes */
    uint8_t protocol;
    uint8_t verdict;
    uint8_t way;
    uint8_t what;
    uint8_t zero[3];
};

struct sums {
    uint64_t count; /* packets that were judged, connections that ended */
    uint64_t packets;
    uint64_t bytes;
    uint64_t first; /* milliseconds since 1970 */
    uint64_t last;
};

/* Since 1970, which may be set; and by a clock that nobody sets. */
uint64_t now_ms(void);
uint64_t elapsed_ms(void);

#endif
