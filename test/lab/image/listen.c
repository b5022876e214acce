/*
 * listen tcp/8080 udp/5353 …: real listeners on these ports, until stopped. Each line of a connection, or of a
 * datagram, comes back as `SERVICE HOST LINE`.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 64
#define LONGEST 4096

static char host[256];
static const char *service;

static void end(int unused) {
  (void)unused;
  _exit(0);
}

static int listener(const char *what) {
  int stream = strncmp(what, "tcp/", 4) == 0, yes = 1;
  int port = stream || strncmp(what, "udp/", 4) == 0 ? atoi(what + 4) : 0;
  if (port < 1 || port > 65535) {
    fprintf(stderr, "listen: not tcp/PORT or udp/PORT: %s\n", what);
    exit(2);
  }
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  int fd = socket(AF_INET, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  if (fd < 0 || (stream && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) ||
      bind(fd, (struct sockaddr *)&any, sizeof any) != 0 || (stream && listen(fd, 256) != 0)) {
    fprintf(stderr, "listen: %s: %s\n", what, strerror(errno));
    exit(2);
  }
  return fd;
}

static int answer(char *out, const char *line, size_t length) {
  return snprintf(out, LONGEST + 512, "%s %s %.*s\n", service, host, (int)length, line);
}

static void serve(int fd) {
  char line[LONGEST], out[LONGEST + 512];
  FILE *in = fdopen(fd, "r");
  while (in && fgets(line, sizeof line, in)) {
    int length = answer(out, line, strcspn(line, "\n"));
    if (write(fd, out, (size_t)length) < 0) break;
  }
  _exit(0);
}

static void reply(int fd) {
  char in[LONGEST], out[LONGEST + 512];
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  ssize_t got = recvfrom(fd, in, sizeof in - 1, 0, (struct sockaddr *)&from, &size);
  if (got <= 0) return;
  in[got] = 0;
  for (char *line = in; *line;) {
    size_t length = strcspn(line, "\n");
    int made = answer(out, line, length);
    sendto(fd, out, (size_t)made, 0, (struct sockaddr *)&from, size);
    line += length + (line[length] == '\n');
  }
}

int main(int count, char **words) {
  struct pollfd waits[MOST];
  int listeners = count - 1 > MOST ? MOST : count - 1;
  service = getenv("SERVICE") ? getenv("SERVICE") : "";
  gethostname(host, sizeof host - 1);
  /* The first process of a container is stopped by nothing that it does not handle. */
  signal(SIGTERM, end);
  signal(SIGINT, end);
  signal(SIGCHLD, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  for (int at = 0; at < listeners; at++) waits[at] = (struct pollfd){listener(words[at + 1]), POLLIN, 0};
  printf("listening:");
  for (int at = 0; at < listeners; at++) printf(" %s", words[at + 1]);
  printf("\n");
  fflush(stdout);
  for (;;) {
    if (poll(waits, (nfds_t)listeners, -1) < 0) continue;
    for (int at = 0; at < listeners; at++) {
      if (!waits[at].revents) continue;
      if (words[at + 1][0] == 'u') {
        reply(waits[at].fd);
        continue;
      }
      int fd = accept(waits[at].fd, NULL, NULL);
      if (fd < 0) continue;
      if (fork() == 0) serve(fd);
      close(fd);
    }
  }
}
