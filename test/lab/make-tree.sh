#!/bin/sh
# Debootstraps one engine's tree: make-tree.sh TREE SUITE SCRIPT MIRROR PACKAGES
# Run it under flock and in its own mount and pid namespaces: then a killed run leaves no mount and no process,
# and a tree without its marker is made again.
set -eu
tree=$1 suite=$2 script=$3 mirror=$4 packages=$5

[ -e "$tree/finished" ] && exit 0
rm -rf "$tree"
mkdir -p "$tree"
debootstrap --variant=minbase --include="$packages" "$suite" "$tree/root" "$mirror" "$script"
rm -rf "$tree/root/var/cache/apt/archives" "$tree/root/var/lib/apt/lists"
mkdir -p "$tree/root/var/cache/apt/archives/partial" "$tree/root/var/lib/apt/lists/partial"
chroot "$tree/root" dockerd --version > "$tree/version"
touch "$tree/finished"
