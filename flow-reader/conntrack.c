#include "conntrack.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "netlink.h"

#define BUFFER_BYTES (4 << 20)
/* As rules/overlay/marks.ts. */
#define MARK_VERDICT 0x80000000u
#define MARK_WOULD_DENY 0x40000000u

/* A plugin's own /proc/sys is read-only; the node's, by its first process, is not. Both are of the namespace that one is in. */
static const char *const COUNTING[] = {"/proc/sys/net/netfilter/nf_conntrack_acct",
                                       "/proc/1/root/proc/sys/net/netfilter/nf_conntrack_acct"};

int open_conntrack(void) { return open_netfilter(1u << (NFNLGRP_CONNTRACK_DESTROY - 1), BUFFER_BYTES); }

void count_packets(void) {
    for (size_t i = 0; i < sizeof COUNTING / sizeof *COUNTING; i++) {
        int file = open(COUNTING[i], O_WRONLY | O_CLOEXEC);
        if (file < 0) continue;
        ssize_t written = write(file, "1\n", 2);
        close(file);
        if (written == 2) return;
    }
}

static void add_counters(struct value counters, uint64_t *packets, uint64_t *bytes) {
    struct value values[CTA_COUNTERS_MAX + 1];
    read_attributes(counters.bytes, counters.size, values, CTA_COUNTERS_MAX);
    *packets += number_64(values[CTA_COUNTERS_PACKETS]);
    *bytes += number_64(values[CTA_COUNTERS_BYTES]);
}

/* One direction: who sends, and by which port. */
struct sender {
    struct value address;
    struct value protocol;
    unsigned port;
    int six;
};

static struct sender read_tuple(struct value tuple) {
    struct value parts[CTA_TUPLE_MAX + 1], ip[CTA_IP_MAX + 1], protocol[CTA_PROTO_MAX + 1];
    read_attributes(tuple.bytes, tuple.size, parts, CTA_TUPLE_MAX);
    read_attributes(parts[CTA_TUPLE_IP].bytes, parts[CTA_TUPLE_IP].size, ip, CTA_IP_MAX);
    read_attributes(parts[CTA_TUPLE_PROTO].bytes, parts[CTA_TUPLE_PROTO].size, protocol, CTA_PROTO_MAX);
    int six = ip[CTA_IP_V6_SRC].size == 16;
    return (struct sender){ip[six ? CTA_IP_V6_SRC : CTA_IP_V4_SRC], protocol[CTA_PROTO_NUM],
                           number_16(protocol[CTA_PROTO_SRC_PORT]), six};
}

/* Who began, and who answers: where the node's own translation of addresses led, as the log has it. */
static int read_ends(struct value original, struct value reply, struct flow_key *key) {
    struct sender from = read_tuple(original), to = read_tuple(reply);
    size_t size = from.six ? 16 : 4;
    if (from.six != to.six || from.address.size != size || to.address.size != size || to.protocol.size != 1) return 0;
    key->six = (uint8_t)from.six;
    memcpy(key->source, from.address.bytes, size);
    memcpy(key->destination, to.address.bytes, size);
    key->protocol = to.protocol.bytes[0];
    key->port = (uint16_t)to.port;
    return 1;
}

static void take_message(const unsigned char *bytes, size_t size, take_end take, void *into) {
    struct value values[CTA_MAX + 1];
    struct flow_key key = {.what = ENDED};
    uint64_t packets = 0, length = 0;
    read_attributes(bytes, size, values, CTA_MAX);
    uint32_t mark = number_32(values[CTA_MARK]);
    if (!read_ends(values[CTA_TUPLE_ORIG], values[CTA_TUPLE_REPLY], &key)) return;
    key.verdict = (mark & MARK_WOULD_DENY) != 0 ? WOULD_DENY : ALLOWED;
    add_counters(values[CTA_COUNTERS_ORIG], &packets, &length);
    add_counters(values[CTA_COUNTERS_REPLY], &packets, &length);
    take(into, &key, (mark & MARK_VERDICT) != 0, packets, length);
}

void read_conntrack(const unsigned char *answer, size_t size, take_end take, void *into) {
    for (size_t at = 0; size - at >= NLMSG_HDRLEN;) {
        struct nlmsghdr header;
        memcpy(&header, answer + at, sizeof header);
        if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > size - at) return;
        size_t head = NLMSG_LENGTH(sizeof(struct nfgenmsg));
        if (header.nlmsg_type == (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE) && header.nlmsg_len >= head)
            take_message(answer + at + head, header.nlmsg_len - head, take, into);
        size_t step = NLMSG_ALIGN((size_t)header.nlmsg_len);
        if (step > size - at) return;
        at += step;
    }
}
