#define _GNU_SOURCE
#include "sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netlink.h"

/* An overlay's file is `<epoch>-<network id>`, cut to 12 characters (libnetwork). */
static int is_overlay(const char *name) {
    size_t digits = strspn(name, "0123456789");
    size_t length = strlen(name);
    if (digits == 0 || name[digits] != '-' || length > 15 || length == digits + 1) return 0;
    return strspn(name + digits + 1, "abcdefghijklmnopqrstuvwxyz0123456789") == length - digits - 1;
}

/* Names the ports of those interfaces whose other end is in this namespace; enters it. */
static int name_ports(struct sandbox *sandbox, int number, enum peer peer, int file, const char *name) {
    for (int i = 0; i < sandbox->count; i++) {
        struct interface *interface = &sandbox->interfaces[i];
        if (interface->peer_namespace != number || interface->peer != PEER_OTHER) continue;
        if (setns(file, CLONE_NEWNET) != 0) return -1;
        if (if_indextoname((unsigned)interface->peer_index, interface->port) == NULL) return -1;
        interface->peer = peer;
        snprintf(interface->file, sizeof interface->file, "%s", name);
    }
    return 0;
}

static int find_overlays(int netlink, const char *netns, struct sandbox *sandbox) {
    int folder = open(netns, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *files = folder < 0 ? NULL : fdopendir(folder);
    if (files == NULL) return folder < 0 ? 0 : -1;
    int result = 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(files)) != NULL;) {
        if (!is_overlay(entry->d_name)) continue;
        int file = openat(folder, entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (file < 0) continue;
        int number = namespace_number(netlink, file);
        if (number >= 0) result = name_ports(sandbox, number, PEER_OVERLAY, file, entry->d_name);
        close(file);
    }
    closedir(files);
    return result;
}

static int look(int own, const char *netns, struct sandbox *sandbox) {
    int netlink = open_netlink();
    if (netlink < 0) return -1;
    int result = list_interfaces(netlink, sandbox);
    if (result == 0) result = find_overlays(netlink, netns, sandbox);
    if (result == 0) {
        int number = namespace_number(netlink, own);
        if (number >= 0) result = name_ports(sandbox, number, PEER_HOST, own, "");
    }
    close(netlink);
    return result;
}

int look_into_sandbox(int pid, const char *netns, struct sandbox *sandbox) {
    char path[64];
    struct stat here, there;

    memset(sandbox, 0, sizeof *sandbox);
    snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
    int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int other = open(path, O_RDONLY | O_CLOEXEC);
    int result = -1;
    if (own >= 0 && other >= 0 && fstat(own, &here) == 0 && fstat(other, &there) == 0) {
        if (here.st_ino == there.st_ino && here.st_dev == there.st_dev) {
            sandbox->is_host = 1;
            result = 0;
        } else if (setns(other, CLONE_NEWNET) == 0) {
            result = look(own, netns, sandbox);
            if (setns(own, CLONE_NEWNET) != 0) result = -2;
        }
    }
    if (own >= 0) close(own);
    if (other >= 0) close(other);
    return result;
}

int read_init_pid(const char *container) {
    char folder[PATH_MAX];
    char text[16];

    // The shim works in the container's bundle: the name makes sure that it is this one's.
    if (getcwd(folder, sizeof folder) == NULL) return -1;
    const char *name = strrchr(folder, '/');
    if (name == NULL || strcmp(name + 1, container) != 0) return -1;
    int file = open("init.pid", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return -1;
    ssize_t had = read(file, text, sizeof text - 1);
    close(file);
    if (had <= 0) return -1;
    text[had] = '\0';
    char *end = NULL;
    long pid = strtol(text, &end, 10);
    if (end == text || (*end != '\0' && *end != '\n') || pid < 2 || pid > 1 << 22) return -1;
    return (int)pid;
}
