# The image of the agent and the controller. Build the bundle first: npm run build
#   docker build -t swarmwall .
FROM node:20-bookworm-slim

# nft, iptables and ipset write rules; conntrack, ip and nsenter look and reach into namespaces.
RUN apt-get update \
 && apt-get install -y --no-install-recommends nftables iptables ipset conntrack iproute2 util-linux \
 && rm -rf /var/lib/apt/lists/*

COPY dist/swarmwall.cjs /usr/local/bin/swarmwall

ENTRYPOINT ["/usr/local/bin/swarmwall"]
CMD ["agent"]
