#define _GNU_SOURCE
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sock_diag.h>

#include "begun.h"
#include "conntrack.h"
#include "table.h"

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

#define UPLINK "vxlan0"
/* Then it is others' turn. */
#define MOST_ANSWERS 64
/* The kernel puts many packets in one. */
#define ANSWER_BYTES 262144

static int open_here(struct watch *watch) {
    for (int i = 0; i < VERDICTS; i++) {
        int error = open_nflog(&watch->logs[i], watch->group + i);
        if (error != 0) return error;
    }
    watch->conntrack = open_conntrack();
    if (watch->conntrack < 0) return errno;
    watch->devices = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (watch->devices < 0) return errno;
    count_packets();
    return 0;
}

int open_watch(struct watch *watch, int group, const char *path) {
    *watch = (struct watch){.is_open = 1, .group = group, .conntrack = -1, .devices = -1};
    for (int i = 0; i < VERDICTS; i++) watch->logs[i].file = -1;
    int error;
    if (strcmp(path, "-") == 0) error = open_here(watch);
    else {
        int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        int other = open(path, O_RDONLY | O_CLOEXEC);
        if (own < 0 || other < 0 || setns(other, CLONE_NEWNET) != 0) error = errno;
        else {
            error = open_here(watch);
            if (setns(own, CLONE_NEWNET) != 0) return -1;
        }
        if (own >= 0) close(own);
        if (other >= 0) close(other);
    }
    if (error != 0) close_watch(watch);
    return error;
}

void close_watch(struct watch *watch) {
    for (int i = 0; i < SOCKETS; i++)
        if (watch_file(watch, i) >= 0) close(watch_file(watch, i));
    if (watch->devices >= 0) close(watch->devices);
    watch->is_open = 0;
}

int watch_file(const struct watch *watch, int which) {
    return which < VERDICTS ? watch->logs[which].file : watch->conntrack;
}

/* What is being read. */
struct reading {
    struct watch *watch;
    int number;
    int which;
};

static void find_uplink(struct watch *watch) {
    struct ifreq device = {.ifr_name = UPLINK};
    if (ioctl(watch->devices, SIOCGIFINDEX, &device) == 0) watch->uplink = (unsigned)device.ifr_ifindex;
}

static int is_network(const struct watch *watch) { return watch->group == NETWORK_GROUP; }

static enum way way_of(struct watch *watch, struct places places) {
    if (!is_network(watch)) return places.stays_here ? COMES : STAYS;
    if (places.port_in == 0 && places.port_out == 0) return STAYS;
    if (watch->uplink == 0) find_uplink(watch);
    if (watch->uplink == 0) return STAYS;
    return places.port_in == watch->uplink ? COMES : places.port_out == watch->uplink ? LEAVES : STAYS;
}

static void take_packet_of(void *into, struct flow_key *key, uint64_t length, struct places places) {
    const struct reading *at = into;
    key->watch = (uint16_t)at->number;
    key->verdict = (uint8_t)at->which;
    key->way = (uint8_t)way_of(at->watch, places);
    if (!is_network(at->watch) && key->verdict <= WOULD_DENY) remember_begun(key);
    if (!add_flow(key, 1, 1, length)) at->watch->crowded[at->which]++;
}

/* Of a network those with its mark; elsewhere marks are others', and so are most connections. */
static void take_end_of(void *into, struct flow_key *key, int marked, uint64_t packets, uint64_t bytes) {
    const struct reading *at = into;
    key->watch = (uint16_t)at->number;
    if (is_network(at->watch) ? !marked : packets == 0 || !has_begun(key)) return;
    if (!add_flow(key, 1, packets, bytes)) at->watch->ends++;
}

/* Since they were asked for last; one at least, as the kernel has said that there are some. */
static uint32_t ends_dropped(struct watch *watch) {
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof memory;
    if (getsockopt(watch->conntrack, SOL_SOCKET, SO_MEMINFO, memory, &size) != 0) return 1;
    uint32_t more = memory[SK_MEMINFO_DROPS] - watch->dropped;
    watch->dropped += more;
    return more == 0 ? 1 : more;
}

int read_watch(struct watch *watch, int number, int which) {
    static unsigned char answer[ANSWER_BYTES];
    struct reading at = {watch, number, which};
    for (int i = 0; i < MOST_ANSWERS; i++) {
        ssize_t had = recv(watch_file(watch, which), answer, sizeof answer, 0);
        if (had < 0 && errno == EINTR) continue;
        /* Some did not fit in the socket's buffer: of packets the numbers tell how many. */
        if (had < 0 && errno == ENOBUFS) {
            if (which == VERDICTS) watch->ends += ends_dropped(watch);
            continue;
        }
        if (had <= 0) return 0;
        if (which < VERDICTS) read_nflog(&watch->logs[which], answer, (size_t)had, take_packet_of, &at);
        else read_conntrack(answer, (size_t)had, take_end_of, &at);
    }
    return 1;
}
