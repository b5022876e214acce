#ifndef SWARMWALL_NETLINK_H
#define SWARMWALL_NETLINK_H

#include <stddef.h>
#include <sys/types.h>

#include <linux/netlink.h>

/* An attribute's value; `size` 0: it is not there. */
struct value {
    const unsigned char *bytes;
    size_t size;
};

/* Those up to `most`, by their type; what is broken ends the list. */
void read_attributes(const unsigned char *bytes, size_t size, struct value *values, int most);

uint32_t number_32(struct value value);
uint64_t number_64(struct value value);
unsigned number_16(struct value value);

/* A socket of netfilter's in this process's network namespace, with a buffer of this size. -1: none. */
int open_netfilter(unsigned groups, int buffer_bytes);

#endif
