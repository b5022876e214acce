#include "netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* As `ip` has it: the kernel cuts its parts of a dump to what fits. */
#define ANSWER_BYTES 32768
#define PATIENCE_S 2

struct request {
    struct nlmsghdr header;
    struct rtgenmsg family;
    char attributes[16];
};

typedef int (*take_message)(const struct nlmsghdr *message, void *into);

int open_netlink(void) {
    struct timeval patience = {PATIENCE_S, 0};
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (netlink >= 0) setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return netlink;
}

static int dump(int netlink, int type, int family, take_message take, void *into) {
    static char answer[ANSWER_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct request request = {0};
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.family);
    request.header.nlmsg_type = (unsigned short)type;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.family.rtgen_family = (unsigned char)family;
    if (send(netlink, &request, request.header.nlmsg_len, 0) < 0) return -1;
    for (;;) {
        ssize_t had = recv(netlink, answer, sizeof answer, MSG_TRUNC);
        if (had < 0 && errno == EINTR) continue;
        if (had <= 0 || had > (ssize_t)sizeof answer) return -1;
        unsigned left = (unsigned)had;
        for (struct nlmsghdr *message = (struct nlmsghdr *)answer; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
            if (message->nlmsg_type == NLMSG_DONE) return 0;
            if (message->nlmsg_type == NLMSG_ERROR || (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) return -1;
            if (take(message, into) != 0) return -1;
        }
    }
}

static int number(const struct rtattr *attribute) {
    int value = -1;
    if (RTA_PAYLOAD(attribute) >= sizeof value) memcpy(&value, RTA_DATA(attribute), sizeof value);
    return value;
}

static int take_link(const struct nlmsghdr *message, void *into) {
    struct sandbox *sandbox = into;
    const struct ifinfomsg *link = NLMSG_DATA(message);
    if (message->nlmsg_type != RTM_NEWLINK || message->nlmsg_len < NLMSG_LENGTH(sizeof *link)) return 0;
    if ((link->ifi_flags & IFF_LOOPBACK) != 0) return 0;
    if (sandbox->count == MOST_INTERFACES) return -1;
    struct interface *interface = &sandbox->interfaces[sandbox->count++];
    memset(interface, 0, sizeof *interface);
    interface->index = link->ifi_index;
    interface->peer_index = -1;
    interface->peer_namespace = -1;
    interface->peer = PEER_OTHER;
    int left = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof *link));
    for (struct rtattr *at = IFLA_RTA(link); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
        if (at->rta_type == IFLA_LINK) interface->peer_index = number(at);
        else if (at->rta_type == IFLA_LINK_NETNSID) interface->peer_namespace = number(at);
        else if (at->rta_type == IFLA_ADDRESS && RTA_PAYLOAD(at) == sizeof interface->mac)
            memcpy(interface->mac, RTA_DATA(at), sizeof interface->mac);
    }
    return 0;
}

static int take_address(const struct nlmsghdr *message, void *into) {
    struct sandbox *sandbox = into;
    const struct ifaddrmsg *found = NLMSG_DATA(message);
    if (message->nlmsg_type != RTM_NEWADDR || message->nlmsg_len < NLMSG_LENGTH(sizeof *found)) return 0;
    int left = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof *found));
    for (struct rtattr *at = IFA_RTA(found); RTA_OK(at, left); at = RTA_NEXT(at, left))
        for (int i = 0; at->rta_type == IFA_LOCAL && RTA_PAYLOAD(at) == sizeof(unsigned) && i < sandbox->count; i++) {
            struct interface *interface = &sandbox->interfaces[i];
            if (interface->index != (int)found->ifa_index) continue;
            if (interface->address_count == MOST_ADDRESSES) return -1;
            memcpy(&interface->addresses[interface->address_count++], RTA_DATA(at), sizeof(unsigned));
        }
    return 0;
}

int list_interfaces(int netlink, struct sandbox *sandbox) {
    if (dump(netlink, RTM_GETLINK, AF_UNSPEC, take_link, sandbox) != 0) return -1;
    return dump(netlink, RTM_GETADDR, AF_INET, take_address, sandbox);
}

int namespace_number(int netlink, int file) {
    char answer[512] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct request request = {0};
    size_t head = NLMSG_ALIGN(NLMSG_LENGTH(sizeof request.family));
    struct rtattr *attribute = (struct rtattr *)((char *)&request + head);
    attribute->rta_type = NETNSA_FD;
    attribute->rta_len = RTA_LENGTH(sizeof file);
    memcpy(RTA_DATA(attribute), &file, sizeof file);
    request.header.nlmsg_len = (unsigned)(head + attribute->rta_len);
    request.header.nlmsg_type = RTM_GETNSID;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    if (send(netlink, &request, request.header.nlmsg_len, 0) < 0) return -1;
    ssize_t had = recv(netlink, answer, sizeof answer, 0);
    const struct nlmsghdr *message = (const struct nlmsghdr *)answer;
    if (had < (ssize_t)sizeof *message || !NLMSG_OK(message, (unsigned)had) || message->nlmsg_type != RTM_NEWNSID) return -1;
    const struct rtattr *at = (const struct rtattr *)(answer + head);
    int left = (int)(message->nlmsg_len - head);
    for (; RTA_OK(at, left); at = RTA_NEXT(at, left))
        if (at->rta_type == NETNSA_NSID) return number(at);
    return -1;
}
