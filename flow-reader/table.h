#ifndef SWARMWALL_TABLE_H
#define SWARMWALL_TABLE_H

#include "flow.h"

#define MOST_FLOWS 8192

struct entry {
    struct flow_key key;
    struct sums sums;
};

/* By its bytes, and with what nobody knows: others choose addresses and ports. */
uint64_t hash_flow(const struct flow_key *key);

/* Adds up. Returns 0 when the table is full and has no such flow. */
int add_flow(const struct flow_key *key, uint64_t count, uint64_t packets, uint64_t bytes);

/* What was added since `clear_flows`, in that order. */
const struct entry *flows(int *count);
void clear_flows(void);

#endif
