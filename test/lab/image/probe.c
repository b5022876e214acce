/*
 * probe SECONDS < lines of `ID tcp|udp ADDRESS|[IPV6]|NAME PORT [SOURCE]`: all at once, one line of answer each:
 * `ID allowed WHO` or `ID denied`. WHO is the answerer's host name. SECONDS are those to connect, and then to answer.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define QUESTION "probe\n"
#define WORD " probe"

static char id[64];
static int limit; /* ms */

static void say(const char *outcome, const char *who) {
  char text[512];
  int length = snprintf(text, sizeof text, "%s %s%s%s\n", id, outcome, who ? " " : "", who ? who : "");
  if (length > 0 && write(STDOUT_FILENO, text, (size_t)length) < 0) _exit(1);
  _exit(0);
}

static void denied(int unused) {
  (void)unused;
  say("denied", NULL);
}

static long now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

static int within(int fd, short events, long end) {
  struct pollfd waits = {fd, events, 0};
  long left = end - now();
  return left > 0 && poll(&waits, 1, (int)left) > 0;
}

/* `[fd00::1]` -> `fd00::1` */
static char *bare(char *name) {
  size_t length = strlen(name);
  if (*name != '[' || name[length - 1] != ']') return name;
  name[length - 1] = 0;
  return name + 1;
}

static int dial(const char *protocol, const char *name, const char *port, const char *source) {
  struct addrinfo wanted = {.ai_family = AF_UNSPEC}, *found, *bound;
  wanted.ai_socktype = strcmp(protocol, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
  if (getaddrinfo(name, port, &wanted, &found) != 0) denied(0);
  int fd = socket(found->ai_family, found->ai_socktype, 0);
  if (fd < 0) denied(0);
  if (*source) {
    if (getaddrinfo(source, NULL, &wanted, &bound) != 0 || bind(fd, bound->ai_addr, bound->ai_addrlen) != 0) denied(0);
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
    int error = 0;
    socklen_t size = sizeof error;
    if (errno != EINPROGRESS || !within(fd, POLLOUT, now() + limit)) denied(0);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) denied(0);
  }
  return fd;
}

/* `SERVICE HOST probe`, in one line. */
static void judge(char *answer) {
  char *end = strchr(answer, '\n');
  if (end) *end = 0;
  size_t length = strlen(answer), word = strlen(WORD);
  if (length < word || strcmp(answer + length - word, WORD) != 0) denied(0);
  char *who = strchr(answer, ' ') + 1;
  length = strlen(who);
  if (length >= word && strcmp(who + length - word, WORD) == 0) who[length - word] = 0;
  say("allowed", who);
}

static void try(const char *protocol, const char *name, const char *port, const char *source) {
  char answer[256];
  size_t length = 0;
  signal(SIGALRM, denied);
  /* Names take their time, too. */
  alarm((unsigned)(limit / 1000 + 2));
  int fd = dial(protocol, name, port, source);
  if (write(fd, QUESTION, strlen(QUESTION)) < 0) denied(0);
  long end = now() + limit;
  while (length < sizeof answer - 1 && !memchr(answer, '\n', length) && within(fd, POLLIN, end)) {
    ssize_t got = read(fd, answer + length, sizeof answer - 1 - length);
    if (got <= 0) break;
    length += (size_t)got;
  }
  answer[length] = 0;
  judge(answer);
}

int main(int count, char **words) {
  char line[512], protocol[8], name[256], port[8], source[64];
  limit = count == 2 ? (int)(atof(words[1]) * 1000) : 0;
  if (limit <= 0) {
    fprintf(stderr, "probe SECONDS < lines of ID tcp|udp ADDRESS PORT [SOURCE]\n");
    return 2;
  }
  while (fgets(line, sizeof line, stdin)) {
    *source = 0;
    if (sscanf(line, "%63s %7s %255s %7s %63s", id, protocol, name, port, source) < 4) continue;
    pid_t child = fork();
    if (child == 0) try(protocol, bare(name), port, source);
    if (child < 0) return 1;
  }
  while (wait(NULL) > 0) {
  }
  return 0;
}
