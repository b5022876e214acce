#!/bin/sh
# The first root: loads what the disk needs, and goes over to it.
mount -t devtmpfs devtmpfs /dev
for module in /modules/*; do insmod "$module"; done
mkdir /disk
until mount -t ext4 /dev/vda /disk; do sleep 0.1; done 2> /dev/null
umount /dev
exec switch_root /disk /init
