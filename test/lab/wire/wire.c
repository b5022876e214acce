/*
 * wire: a program's hands on the network of the container that it runs in. Reads commands, one a line, and says
 * what comes in until its input ends. Nothing but CAP_NET_RAW is needed, which containers have by default.
 *
 *   frame IFACE HEX                       send a frame as it is
 *   packet HEX                            send an IPv4 packet with its header, by the kernel's routes
 *   open ID tcp|udp ADDRESS PORT [OWN OWNPORT]  a connection of the kernel's
 *   say ID HEX, close ID
 *
 *   link IFACE MAC IPV4|-                 at the start, for each interface; then `ready`
 *   in IFACE HEX                          every frame that an interface takes in
 *   opened ID, heard ID HEX, closed ID REASON, error TEXT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVERYTHING 0x0003 /* ETH_P_ALL */
#define LONGEST 65536
#define CONNECTIONS 64

struct connection {
  int fd; /* -1: free */
  int open;
  char id[32];
};

static struct connection connections[CONNECTIONS];
static unsigned char bytes[LONGEST];
static char line[2 * LONGEST + 128];
static int frames, packets;

static void say_hex(const char *what, const char *name, const unsigned char *data, size_t length) {
  printf("%s %s ", what, name);
  for (size_t at = 0; at < length; at++) printf("%02x", data[at]);
  printf("\n");
}

static size_t read_hex(const char *text) {
  size_t length = 0;
  unsigned value;
  while (length < LONGEST && text[0] && text[1] && sscanf(text, "%2x", &value) == 1) {
    bytes[length++] = (unsigned char)value;
    text += 2;
  }
  return length;
}

static void say_error(const char *what) { printf("error %s: %s\n", what, strerror(errno)); }

static void say_links(void) {
  struct if_nameindex *links = if_nameindex();
  for (struct if_nameindex *link = links; link && link->if_index; link++) {
    struct ifreq request = {0};
    unsigned char *mac = (unsigned char *)request.ifr_hwaddr.sa_data;
    char address[INET_ADDRSTRLEN] = "-";
    strncpy(request.ifr_name, link->if_name, IFNAMSIZ - 1);
    if (ioctl(frames, SIOCGIFHWADDR, &request) < 0) continue;
    printf("link %s %02x:%02x:%02x:%02x:%02x:%02x ", link->if_name, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    if (ioctl(packets, SIOCGIFADDR, &request) == 0)
      inet_ntop(AF_INET, &((struct sockaddr_in *)&request.ifr_addr)->sin_addr, address, sizeof address);
    printf("%s\n", address);
  }
  if_freenameindex(links);
  printf("ready\n");
}

static void send_frame(const char *interface, const char *hex) {
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
  size_t length = read_hex(hex);
  if (sendto(frames, bytes, length, 0, (struct sockaddr *)&to, sizeof to) < 0) say_error("frame");
}

static void send_packet(const char *hex) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  size_t length = read_hex(hex);
  if (length < 20) return;
  memcpy(&to.sin_addr, bytes + 16, 4);
  if (sendto(packets, bytes, length, 0, (struct sockaddr *)&to, sizeof to) < 0) say_error("packet");
}

static struct connection *find(const char *id) {
  for (int at = 0; at < CONNECTIONS; at++)
    if (connections[at].fd >= 0 && strcmp(connections[at].id, id) == 0) return &connections[at];
  return NULL;
}

static void end(struct connection *one, const char *reason) {
  printf("closed %s %s\n", one->id, reason);
  close(one->fd);
  one->fd = -1;
}

static void open_connection(const char *id, const char *protocol, const char *address, const char *port, const char *own_address,
                            const char *own_port) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                           .ai_socktype = strcmp(protocol, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM};
  struct addrinfo *to;
  struct connection *one = NULL;
  for (int at = 0; at < CONNECTIONS && !one; at++)
    if (connections[at].fd < 0) one = &connections[at];
  if (!one || getaddrinfo(address, port, &hints, &to) != 0) {
    printf("closed %s cannot\n", id);
    return;
  }
  one->fd = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  one->open = 0;
  snprintf(one->id, sizeof one->id, "%s", id);
  if (*own_address) {
    int yes = 1;
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(own_port))};
    inet_pton(AF_INET, own_address, &own.sin_addr);
    setsockopt(one->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(one->fd, (struct sockaddr *)&own, sizeof own) < 0) say_error("bind");
  }
  if (connect(one->fd, to->ai_addr, to->ai_addrlen) < 0 && errno != EINPROGRESS) end(one, strerror(errno));
  freeaddrinfo(to);
}

static void obey(char *command) {
  char verb[16] = "", a[64] = "", b[64] = "", c[64] = "", d[64] = "", e[64] = "", f[64] = "";
  sscanf(command, "%15s %63s %63s %63s %63s %63s %63s", verb, a, b, c, d, e, f);
  char *last = strrchr(command, ' ');
  if (!last) return;
  if (strcmp(verb, "frame") == 0) send_frame(a, last + 1);
  else if (strcmp(verb, "packet") == 0) send_packet(last + 1);
  else if (strcmp(verb, "open") == 0) open_connection(a, b, c, d, e, f);
  else if (strcmp(verb, "say") == 0 && find(a)) {
    size_t length = read_hex(last + 1);
    if (send(find(a)->fd, bytes, length, MSG_NOSIGNAL) < 0) end(find(a), strerror(errno));
  } else if (strcmp(verb, "close") == 0 && find(a)) end(find(a), "asked");
}

/* Whole lines of what is there; 0 at the end of the input. */
static int listen_to_commands(void) {
  static size_t held;
  ssize_t got = read(0, line + held, sizeof line - 1 - held);
  if (got <= 0) return 0;
  held += (size_t)got;
  line[held] = 0;
  char *start = line, *stop;
  while ((stop = strchr(start, '\n'))) {
    *stop = 0;
    obey(start);
    start = stop + 1;
  }
  held = strlen(start);
  memmove(line, start, held + 1);
  return 1;
}

static void take_frame(void) {
  struct sockaddr_ll from;
  socklen_t size = sizeof from;
  char name[IF_NAMESIZE];
  ssize_t length = recvfrom(frames, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &size);
  if (length < 0 || from.sll_pkttype == PACKET_OUTGOING || !if_indextoname((unsigned)from.sll_ifindex, name)) return;
  if (strcmp(name, "lo") != 0) say_hex("in", name, bytes, (size_t)length);
}

static void serve(struct connection *one, short events) {
  if (!one->open && (events & (POLLOUT | POLLERR))) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(one->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) return end(one, strerror(error));
    one->open = 1;
    printf("opened %s\n", one->id);
    return;
  }
  if (events & (POLLIN | POLLERR | POLLHUP)) {
    ssize_t length = recv(one->fd, bytes, sizeof bytes, 0);
    if (length > 0) say_hex("heard", one->id, bytes, (size_t)length);
    else if (length == 0) end(one, "by peer");
    else if (errno != EAGAIN) end(one, strerror(errno));
  }
}

int main(void) {
  struct pollfd watched[CONNECTIONS + 2];
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOFBF, 1 << 18);
  for (int at = 0; at < CONNECTIONS; at++) connections[at].fd = -1;
  frames = socket(AF_PACKET, SOCK_RAW, htons(EVERYTHING));
  packets = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
  if (frames < 0 || packets < 0) {
    say_error("socket");
    return 1;
  }
  say_links();
  for (;;) {
    fflush(stdout);
    watched[0] = (struct pollfd){.fd = 0, .events = POLLIN};
    watched[1] = (struct pollfd){.fd = frames, .events = POLLIN};
    for (int at = 0; at < CONNECTIONS; at++)
      watched[at + 2] = (struct pollfd){.fd = connections[at].fd, .events = connections[at].open ? POLLIN : POLLOUT};
    if (poll(watched, CONNECTIONS + 2, -1) < 0 && errno != EINTR) return 1;
    for (int at = 0; at < CONNECTIONS; at++)
      if (watched[at + 2].revents && connections[at].fd == watched[at + 2].fd) serve(&connections[at], watched[at + 2].revents);
    if (watched[1].revents) take_frame();
    if (watched[0].revents && !listen_to_commands()) return 0;
  }
}
