#include "table.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#define SLOTS (MOST_FLOWS * 2)

static struct entry entries[MOST_FLOWS];
static int used;
/* Index into entries, from 1. */
static uint16_t slots[SLOTS];

static uint64_t read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t now_ms(void) { return read_clock(CLOCK_REALTIME); }

uint64_t elapsed_ms(void) { return read_clock(CLOCK_MONOTONIC); }

static uint64_t secret;

/* FNV-1a. */
uint64_t hash_flow(const struct flow_key *key) {
    const unsigned char *bytes = (const unsigned char *)key;
    while (secret == 0)
        if (getrandom(&secret, sizeof secret, 0) != sizeof secret) secret = 14695981039346656037u;
    uint64_t value = secret;
    for (size_t i = 0; i < sizeof *key; i++) value = (value ^ bytes[i]) * 1099511628211u;
    return value ^ value >> 32;
}

int add_flow(const struct flow_key *key, uint64_t count, uint64_t packets, uint64_t bytes) {
    unsigned slot = (unsigned)(hash_flow(key) % SLOTS);
    while (slots[slot] != 0 && memcmp(&entries[slots[slot] - 1].key, key, sizeof *key) != 0) slot = (slot + 1) % SLOTS;
    uint64_t now = now_ms();
    if (slots[slot] == 0) {
        if (used == MOST_FLOWS) return 0;
        entries[used] = (struct entry){*key, {0, 0, 0, now, now}};
        slots[slot] = (uint16_t)++used;
    }
    struct sums *sums = &entries[slots[slot] - 1].sums;
    sums->count += count;
    sums->packets += packets;
    sums->bytes += bytes;
    sums->last = now;
    return 1;
}

const struct entry *flows(int *count) {
    *count = used;
    return entries;
}

void clear_flows(void) {
    used = 0;
    memset(slots, 0, sizeof slots);
}
