#!/bin/sh
# Makes the guard runtime, one static program: build.sh OUTPUT VERSION. Needs musl-gcc (Debian's musl-tools).
set -eu
here=$(dirname "$0")
# musl's own headers first; the kernel's are with the machine's.
multiarch=/usr/include/$(gcc -print-multiarch)
exec musl-gcc -static -s -O2 -std=c11 -Wall -Wextra -Wconversion -Wno-sign-conversion -Werror -fstack-protector-strong \
  -D_DEFAULT_SOURCE "-DGUARD_VERSION=\"$2\"" -idirafter /usr/include -idirafter "$multiarch" \
  -o "$1" "$here"/main.c "$here"/arguments.c "$here"/settings.c "$here"/sandbox.c "$here"/netlink.c "$here"/agent.c
