#ifndef SWARMWALL_NETLINK_H
#define SWARMWALL_NETLINK_H

#include "sandbox.h"

/* Of the network namespace that this process is in; it stays in it wherever the process goes. -1: none. */
int open_netlink(void);

/* All interfaces but the loopback, with their addresses. Returns 0, or -1 when one would be missing. */
int list_interfaces(int netlink, struct sandbox *sandbox);

/* The number that the socket's namespace has for the one that `file` is open on; -1: none. */
int namespace_number(int netlink, int file);

#endif
