/* reach HOST PORT: connects at once, and prints the milliseconds that it took; a lost first packet costs a second. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **words) {
    if (count != 3) return 2;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(words[2]))};
    struct timespec before, after;
    to.sin_addr.s_addr = inet_addr(words[1]);
    int stream = socket(AF_INET, SOCK_STREAM, 0);
    clock_gettime(CLOCK_MONOTONIC, &before);
    int failed = connect(stream, (struct sockaddr *)&to, sizeof to);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    printf("%s %ld\n", failed ? "failed" : "reached", ms);
    return 0;
}
