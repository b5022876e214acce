#define _GNU_SOURCE
#include <stdint.h>

#include "netlink.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void read_attributes(const unsigned char *bytes, size_t size, struct value *values, int most) {
    memset(values, 0, sizeof *values * (size_t)(most + 1));
    for (size_t at = 0; size - at >= sizeof(struct nlattr);) {
        struct nlattr attribute;
        memcpy(&attribute, bytes + at, sizeof attribute);
        if (attribute.nla_len < sizeof attribute || attribute.nla_len > size - at) return;
        int type = attribute.nla_type & NLA_TYPE_MASK;
        if (type <= most) values[type] = (struct value){bytes + at + NLA_HDRLEN, (size_t)attribute.nla_len - NLA_HDRLEN};
        size_t step = NLA_ALIGN((size_t)attribute.nla_len);
        if (step > size - at) return;
        at += step;
    }
}

uint64_t number_64(struct value value) {
    uint64_t number = 0;
    for (size_t i = 0; value.size == 8 && i < 8; i++) number = number << 8 | value.bytes[i];
    return number;
}

uint32_t number_32(struct value value) {
    uint32_t number = 0;
    for (size_t i = 0; value.size == 4 && i < 4; i++) number = number << 8 | value.bytes[i];
    return number;
}

unsigned number_16(struct value value) {
    return value.size == 2 ? (unsigned)value.bytes[0] << 8 | value.bytes[1] : 0;
}

int open_netfilter(unsigned groups, int buffer_bytes) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
    int file = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
    if (file < 0) return -1;
    if (setsockopt(file, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes) != 0)
        setsockopt(file, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    if (bind(file, (struct sockaddr *)&address, sizeof address) == 0) return file;
    close(file);
    return -1;
}
