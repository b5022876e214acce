#!/bin/sh
# Makes the virtual machine's kernel, initramfs and disk: make-disk.sh FOLDER TREE NODE_TREE NODE MODULES CHECKOUT LAB
# Hard links beside the tree, so that only the image is written. What a killed run leaves, the next removes.
set -eu
folder=$1 tree=$2 node_tree=$3 node=$4 modules=$5 checkout=$6 lab=$7
stage=$(dirname "$tree")/stage new=$folder.new

[ -e "$folder" ] && exit 0
rm -rf "$stage" "$new"
mkdir -p "$new" "$stage"

# An initramfs of busybox and what the kernel has not built in: Debian's own takes a minute to start here.
mkdir -p "$stage/bin" "$stage/dev" "$stage/modules"
cp "$tree/bin/busybox" "$stage/bin/busybox"
for applet in sh mount umount insmod mkdir sleep switch_root; do ln -s busybox "$stage/bin/$applet"; done
cp "$lab/initramfs.sh" "$stage/init"
version=$(ls "$tree/lib/modules")
chroot "$tree" modprobe -S "$version" --show-depends virtio_blk | while read -r kind file _; do
  [ "$kind" = insmod ] || continue
  xz -dc "$tree$file" > "$stage/modules/$(basename "$file" .xz)"
done
(cd "$stage" && find . | busybox cpio -o -H newc 2> /dev/null | gzip) > "$new/initrd"
cp "$tree/boot/vmlinuz-$version" "$new/kernel"
rm -rf "$stage"

cp -al "$tree" "$stage"
rm -rf "$stage/boot" "$stage/usr/share/doc" "$stage/usr/share/man" "$stage/usr/share/locale"
mkdir -p "$stage$checkout" "$stage$(dirname "$node")" "$stage$node_tree/root"
cp -aL "$node" "$stage$node"
cp "$lab/init.sh" "$stage/init"
# Debian has it in a package of its own now.
[ -e "$stage/usr/sbin/pivot_root" ] || ln -s /bin/busybox "$stage/usr/local/sbin/pivot_root"
cp -a "$modules" "$stage$checkout/node_modules"
# The lab in the machine finds its engine's tree: the machine's own root, which its init mounts there.
cp -a "$(dirname "$tree")/version" "$(dirname "$tree")/finished" "$stage$node_tree"
truncate -s 3G "$new/disk.ext4"
mke2fs -q -F -t ext4 -O ^has_journal -E lazy_itable_init=1 -d "$stage" "$new/disk.ext4"
rm -rf "$stage"
mv "$new" "$folder"
