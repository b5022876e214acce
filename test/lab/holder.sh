#!/bin/bash
# First process of a namespace: says that it is there, then only reaps. holder.sh READY
set -eu
touch "$1"
while :; do
  sleep 3600 &
  wait $!
done
