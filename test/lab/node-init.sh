#!/bin/bash
# First process of a node, in mount, UTS, network and pid namespaces of its own:
# node-init.sh FOLDER TREE NAME DIST NODE NAMESERVER
# Builds the node's root from the engine's tree, changes into it, and from then on only reaps.
set -eu
folder=$1 tree=$2 name=$3 dist=$4 node=$5 nameserver=$6
root=$folder/root

mkdir -p "$root" "$folder"/{upper,work,docker,socket}
mount -t overlay overlay -o "lowerdir=$tree,upperdir=$folder/upper,workdir=$folder/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys" # a fresh one: sysfs shows the network namespace it was mounted from
mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mkdir -p "$root"/run/{lab,lock,netns} "$root/var/lib/docker" "$root/opt/swarmwall" "$root/usr/local/bin"
# The engine's data needs a real file system (overlay on overlay is refused); the socket a path the machine sees.
mount --bind "$folder/docker" "$root/var/lib/docker"
mount --bind "$folder/socket" "$root/run/lab"
mount --bind "$dist" "$root/opt/swarmwall"
mount -o remount,bind,ro "$root/opt/swarmwall"
touch "$root/usr/local/bin/node"
mount --bind "$node" "$root/usr/local/bin/node"
mount -o remount,bind,ro "$root/usr/local/bin/node"
if [ -d /lib/modules ]; then
  mkdir -p "$root/lib/modules"
  mount --rbind /lib/modules "$root/lib/modules"
fi
for plugins in "$root/usr/libexec/docker/cli-plugins" "$root/usr/lib/docker/cli-plugins"; do
  mkdir -p "$plugins"
  ln -sfn /opt/swarmwall/swarmwall.cjs "$plugins/docker-swarmwall"
done
ln -sfn /opt/swarmwall/swarmwall.cjs "$root/usr/local/bin/swarmwall"
ln -sfn /opt/swarmwall/swarmwall-flow-reader "$root/usr/local/bin/swarmwall-flow-reader"

hostname "$name"
echo "$name" > "$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" > "$root/etc/hosts"
rm -f "$root/etc/resolv.conf"
printf 'nameserver %s\noptions timeout:1 attempts:1\n' "$nameserver" > "$root/etc/resolv.conf"
ip link set lo up
echo 1 > "$root/proc/sys/net/ipv4/ip_forward"

cd "$root"
mkdir -p old
pivot_root . old
cd /
umount -l /old
rmdir /old
mount --make-rshared /
touch /run/lab/ready
exec /bin/bash -c 'while :; do sleep 3600 & wait $!; done'
