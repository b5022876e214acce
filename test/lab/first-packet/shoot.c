/*
 * shoot SECONDS PORT TARGET… fires UDP datagrams and TCP connections at every target, from the first instruction on.
 * A target that ends in .0 stands for its first 30 addresses.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST 64

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int count, char **words) {
    struct sockaddr_in targets[MOST] = {{0}};
    int streams[MOST], known = 0;
    double until = now() + atof(words[1]);
    int udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    for (int i = 3; i < count; i++) {
        unsigned first = ntohl(inet_addr(words[i]));
        for (unsigned j = 0; j < ((first & 255) == 0 ? 30u : 1u) && known < MOST; j++, known++) {
            targets[known].sin_family = AF_INET;
            targets[known].sin_port = htons((unsigned short)atoi(words[2]));
            targets[known].sin_addr.s_addr = htonl(first + j);
            streams[known] = -1;
        }
    }
    while (now() < until) {
        for (int i = 0; i < known; i++) {
            sendto(udp, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&targets[i], sizeof *targets);
            if (streams[i] < 0) {
                streams[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
                connect(streams[i], (struct sockaddr *)&targets[i], sizeof *targets);
            }
        }
        usleep(1000);
    }
    return 0;
}
