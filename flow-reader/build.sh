#!/bin/sh
# Makes the flow reader, one static program: build.sh OUTPUT VERSION. Needs musl-gcc (Debian's musl-tools).
set -eu
here=$(dirname "$0")
# musl's own headers first; the kernel's are with the machine's.
multiarch=/usr/include/$(gcc -print-multiarch)
exec musl-gcc -static -s -O2 -std=c11 -Wall -Wextra -Wconversion -Wno-sign-conversion -Werror -fstack-protector-strong \
  -D_DEFAULT_SOURCE "-DREADER_VERSION=\"$2\"" -idirafter /usr/include -idirafter "$multiarch" \
  -o "$1" "$here"/main.c "$here"/commands.c "$here"/output.c "$here"/table.c "$here"/begun.c "$here"/watch.c "$here"/nflog.c \
  "$here"/conntrack.c "$here"/packet.c "$here"/netlink.c
