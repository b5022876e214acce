#!/bin/sh
# Debootstraps the tree that the plugin's files are taken from: make-debian-tree.sh TREE SUITE MIRROR PACKAGES
# Run it under flock and in its own mount and pid namespaces: then a killed run leaves no mount and no process,
# and a tree without its marker is made again.
set -eu
tree=$1 suite=$2 mirror=$3 packages=$4

[ -e "$tree/finished" ] && exit 0
rm -rf "$tree"
mkdir -p "$tree"
debootstrap --variant=minbase --include="$packages" "$suite" "$tree/root" "$mirror"
touch "$tree/finished"
