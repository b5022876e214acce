# The image of the global service (examples/swarmwall-stack.yml): the same files as the managed plugin's.
# Make them first, then the image: npm run plugin:build -- --files-only && docker build -t swarmwall .
FROM scratch
COPY dist/plugin/rootfs /
ENTRYPOINT ["/usr/local/bin/node", "/usr/local/bin/swarmwall"]
CMD ["agent"]
