#include "nflog.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>

#include "netlink.h"
#include "packet.h"

/* A flood fills it in a tenth of a second, and then only its own. */
#define BUFFER_BYTES (4 << 20)
/* The kernel hands on so many packets at once, or those of BATCH_MS, which it takes in hundredths of a second. */
#define BATCH 64
#define BATCH_TIME (BATCH_MS / 10)
/* As the rules say; they are cut to the shorter of the two. */
#define HEADER_BYTES 128

struct request {
    struct nlmsghdr header;
    struct nfgenmsg family;
    unsigned char attributes[64];
    unsigned used;
};

static void put(struct request *request, int type, const void *bytes, size_t size) {
    struct nlattr attribute = {.nla_len = (unsigned short)(NLA_HDRLEN + size), .nla_type = (unsigned short)type};
    memcpy(request->attributes + request->used, &attribute, sizeof attribute);
    memcpy(request->attributes + request->used + NLA_HDRLEN, bytes, size);
    request->used += (unsigned)NLA_ALIGN(NLA_HDRLEN + size);
}

/* Returns the error's number that the kernel answers. */
static int configure(int file, int group) {
    struct request request = {.header.nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG,
                              .header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
                              .family.res_id = htons((uint16_t)group)};
    struct nfulnl_msg_config_cmd command = {NFULNL_CFG_CMD_BIND};
    struct nfulnl_msg_config_mode mode = {.copy_range = htonl(HEADER_BYTES), .copy_mode = NFULNL_COPY_PACKET};
    uint32_t time = htonl(BATCH_TIME), batch = htonl(BATCH);
    uint16_t flags = htons(NFULNL_CFG_F_SEQ);
    unsigned char answer[8192];
    struct nlmsghdr header;
    struct nlmsgerr error;

    put(&request, NFULA_CFG_CMD, &command, sizeof command);
    put(&request, NFULA_CFG_MODE, &mode, sizeof mode);
    put(&request, NFULA_CFG_TIMEOUT, &time, sizeof time);
    put(&request, NFULA_CFG_QTHRESH, &batch, sizeof batch);
    put(&request, NFULA_CFG_FLAGS, &flags, sizeof flags);
    request.header.nlmsg_len = (unsigned)(NLMSG_LENGTH(sizeof request.family) + request.used);
    if (send(file, &request, request.header.nlmsg_len, 0) < 0) return errno;
    /* It has answered when `send` returns; packets may have come before that, whose numbers will be missed. */
    do {
        ssize_t had = recv(file, answer, sizeof answer, 0);
        if (had < NLMSG_HDRLEN) return had < 0 ? errno : EPROTO;
        memcpy(&header, answer, sizeof header);
        if (header.nlmsg_type == NLMSG_ERROR && had < (ssize_t)NLMSG_LENGTH(sizeof error)) return EPROTO;
    } while (header.nlmsg_type != NLMSG_ERROR);
    memcpy(&error, answer + NLMSG_HDRLEN, sizeof error);
    return -error.error;
}

int open_nflog(struct nflog *log, int group) {
    *log = (struct nflog){.file = open_netfilter(0, BUFFER_BYTES)};
    if (log->file < 0) return errno;
    int error = configure(log->file, group);
    if (error == 0) return 0;
    close(log->file);
    log->file = -1;
    return error;
}

static void take_message(struct nflog *log, const unsigned char *bytes, size_t size, take_packet take, void *into) {
    struct value values[NFULA_MAX + 1];
    struct flow_key key = {0};
    uint64_t length;
    read_attributes(bytes, size, values, NFULA_MAX);
    if (values[NFULA_SEQ].size == 4) {
        uint32_t number = number_32(values[NFULA_SEQ]);
        log->lost += number - log->next;
        log->next = number + 1;
    }
    struct value payload = values[NFULA_PAYLOAD];
    struct places places = {number_32(values[NFULA_IFINDEX_PHYSINDEV]), number_32(values[NFULA_IFINDEX_PHYSOUTDEV]),
                            values[NFULA_IFINDEX_OUTDEV].size == 0};
    if (read_packet(payload.bytes, payload.size, &key, &length)) take(into, &key, length, places);
    else log->lost++;
}

void read_nflog(struct nflog *log, const unsigned char *answer, size_t size, take_packet take, void *into) {
    for (size_t at = 0; size - at >= NLMSG_HDRLEN;) {
        struct nlmsghdr header;
        memcpy(&header, answer + at, sizeof header);
        if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > size - at) return;
        size_t head = NLMSG_LENGTH(sizeof(struct nfgenmsg));
        if (header.nlmsg_type == (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) && header.nlmsg_len >= head)
            take_message(log, answer + at + head, header.nlmsg_len - head, take, into);
        size_t step = NLMSG_ALIGN((size_t)header.nlmsg_len);
        if (step > size - at) return;
        at += step;
    }
}
