#!/bin/bash
# First process of the virtual machine. Takes jobs from one virtio port (`SIZE\n` and a tar of that size), unpacks each over
# the checkout, runs its `.job` (a NUL-separated argv); output and exit code go out by ports named stdout, stderr, status.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2> /dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/lock /run/netns /var/lib/swarmwall-lab /var/cache/swarmwall-lab/images
modprobe -a virtio_console virtio_rng overlay br_netfilter
# Apart from the root's file system: an overlay's upper layer may not be on its own lower one.
mke2fs -q -F -t ext4 -O ^has_journal /dev/vdb
mount -t ext4 /dev/vdb /var/lib/swarmwall-lab
rmdir /var/lib/swarmwall-lab/lost+found
mount --bind / "$(echo /var/cache/swarmwall-lab/trees/*/root)"
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
hostname machine
# The firewall programs wait for a grace period at each call: seconds, while emulated CPUs get no time.
echo 1 > /sys/kernel/rcu_expedited

port() {
  local found
  found=$(grep -lx "$1" /sys/class/virtio-ports/*/name)
  echo "/dev/$(basename "$(dirname "$found")")"
}
exec 3< "$(port job)" 4> "$(port stdout)" 5> "$(port stderr)" 6> "$(port status)"
cd /srv/swarmwall
while read -r -u 3 size; do
  head -c "$size" <&3 | tar -xf -
  mapfile -d '' -t argv < .job
  "${argv[@]}" < /dev/null >&4 2>&5 3<&- 4>&- 5>&- 6>&-
  echo $? >&6
done
