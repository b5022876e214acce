/* receive PORT: prints a line for each UDP datagram and each TCP connection that arrives. */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(int type, int port) {
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int on = 1, socket_of = socket(AF_INET, type, 0);
    setsockopt(socket_of, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(socket_of, (struct sockaddr *)&any, sizeof any) != 0) exit(1);
    if (type == SOCK_STREAM) listen(socket_of, 128);
    return socket_of;
}

int main(int count, char **words) {
    if (count != 2) return 2;
    struct pollfd both[2] = {{listen_on(SOCK_DGRAM, atoi(words[1])), POLLIN, 0},
                             {listen_on(SOCK_STREAM, atoi(words[1])), POLLIN, 0}};
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    while (poll(both, 2, -1) > 0) {
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        char byte[64];
        if (both[0].revents & POLLIN && recvfrom(both[0].fd, byte, sizeof byte, 0, (struct sockaddr *)&from, &size) >= 0)
            printf("udp %s\n", inet_ntoa(from.sin_addr));
        size = sizeof from;
        if (both[1].revents & POLLIN) {
            int stream = accept(both[1].fd, (struct sockaddr *)&from, &size);
            if (stream >= 0) printf("tcp %s\n", inet_ntoa(from.sin_addr));
            close(stream);
        }
    }
    return 0;
}
