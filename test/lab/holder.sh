#!/bin/bash
# First process of a namespace: says that it is there, then only reaps. holder.sh READY [confirm]
# With `confirm` it stays only if a line comes on standard input: who dies before having put it on record
# closes that pipe, and nothing is left.
set -eu
touch "$1"
if [ "${2:-}" = confirm ]; then
  read -r _
fi
exec < /dev/null
while :; do
  sleep 3600 &
  wait $!
done
