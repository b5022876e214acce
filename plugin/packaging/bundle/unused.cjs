// In the place of what dockerode loads to build images with BuildKit (gRPC, protobuf), which Swarmwall never does: it would
// be a sixth of the program, read at each start.
module.exports = {};
