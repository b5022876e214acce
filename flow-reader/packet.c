#include "packet.h"

#include <netinet/in.h>
#include <string.h>

#define IPV4_HEADER 20
#define IPV6_HEADER 40

/* The kernel follows no more of them, either, before it gives up a packet. */
#define MOST_HEADERS 8

static unsigned two_bytes(const unsigned char *at) { return (unsigned)at[0] << 8 | at[1]; }

static int has_ports(int protocol) {
    return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP;
}

static void read_port(const unsigned char *bytes, size_t had, size_t at, struct flow_key *key) {
    if (has_ports(key->protocol) && had >= at + 4) key->port = (uint16_t)two_bytes(bytes + at + 2);
}

static int read_four(const unsigned char *bytes, size_t had, struct flow_key *key, uint64_t *length) {
    if (had < IPV4_HEADER) return 0;
    size_t header = (size_t)(bytes[0] & 15) * 4;
    if (header < IPV4_HEADER) return 0;
    *length = two_bytes(bytes + 2);
    key->protocol = bytes[9];
    memcpy(key->source, bytes + 12, 4);
    memcpy(key->destination, bytes + 16, 4);
    read_port(bytes, had, header, key);
    return 1;
}

/* Past the headers that may come before the protocol's own; what lies beyond the copied bytes has no port here. */
static int read_six(const unsigned char *bytes, size_t had, struct flow_key *key, uint64_t *length) {
    if (had < IPV6_HEADER) return 0;
    *length = two_bytes(bytes + 4) + IPV6_HEADER;
    key->six = 1;
    memcpy(key->source, bytes + 8, 16);
    memcpy(key->destination, bytes + 24, 16);
    int next = bytes[6];
    size_t at = IPV6_HEADER;
    for (int i = 0; i < MOST_HEADERS && had >= at + 8; i++) {
        if (next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS) {
            next = bytes[at];
            at += ((size_t)bytes[at + 1] + 1) * 8;
        } else if (next == IPPROTO_FRAGMENT) {
            next = bytes[at];
            at += 8;
        } else if (next == IPPROTO_AH) {
            next = bytes[at];
            at += ((size_t)bytes[at + 1] + 2) * 4;
        } else break;
    }
    key->protocol = (uint8_t)next;
    read_port(bytes, had, at, key);
    return 1;
}

int read_packet(const unsigned char *bytes, size_t had, struct flow_key *key, uint64_t *length) {
    if (had == 0) return 0;
    if (bytes[0] >> 4 == 4) return read_four(bytes, had, key, length);
    return bytes[0] >> 4 == 6 ? read_six(bytes, had, key, length) : 0;
}
