#ifndef SWARMWALL_PACKET_H
#define SWARMWALL_PACKET_H

#include <stddef.h>

#include "flow.h"

/* Addresses, protocol and port from the first bytes of an IP packet; its whole length to `length`. Returns 0 for what is none. */
int read_packet(const unsigned char *bytes, size_t had, struct flow_key *key, uint64_t *length);

#endif
