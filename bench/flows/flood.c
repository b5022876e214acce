/*
 * flood RATE SECONDS FROM TO FIRST COUNT: UDP packets from one address to another, each of a new connection: the destination's
 * ports are COUNT from FIRST on, by turns, and the source's goes on when all had their turn. RATE a second, 0: as fast as it goes.
 * Says `sent N in M ms`: those that the kernel took.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define FIRST_SOURCE 1024
#define SOURCES 60000

struct packet {
    struct iphdr ip;
    struct udphdr udp;
    char text[4];
};

static uint64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void write_packet(struct packet *packet, uint64_t number, unsigned first, unsigned count) {
    packet->udp.source = htons((uint16_t)(FIRST_SOURCE + number / count % SOURCES));
    packet->udp.dest = htons((uint16_t)(first + number % count));
}

int main(int words, char **word) {
    if (words != 7) return 2;
    uint64_t rate = strtoull(word[1], NULL, 10), during = strtoull(word[2], NULL, 10) * 1000000;
    unsigned first = (unsigned)atoi(word[5]), count = (unsigned)atoi(word[6]);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(word[4])};
    struct packet packets[BATCH];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH];
    memset(packets, 0, sizeof packets);
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < BATCH; i++) {
        packets[i].ip = (struct iphdr){.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .daddr = to.sin_addr.s_addr};
        packets[i].ip.saddr = inet_addr(word[3]);
        packets[i].udp.len = htons(sizeof(struct udphdr) + sizeof packets[i].text);
        parts[i] = (struct iovec){&packets[i], sizeof packets[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &parts[i], .msg_iovlen = 1};
    }
    int file = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
    if (file < 0 || count == 0) return 1;
    uint64_t sent = 0, begun = now_us(), passed;
    while ((passed = now_us() - begun) < during) {
        uint64_t due = rate == 0 ? sent + BATCH : rate * passed / 1000000;
        if (due <= sent) {
            nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
            continue;
        }
        unsigned most = due - sent < BATCH ? (unsigned)(due - sent) : BATCH;
        for (unsigned i = 0; i < most; i++) write_packet(&packets[i], sent + i, first, count);
        int taken = sendmmsg(file, messages, most, 0);
        if (taken > 0) sent += (uint64_t)taken;
    }
    printf("sent %llu in %llu ms\n", (unsigned long long)sent, (unsigned long long)(passed / 1000));
    return 0;
}
