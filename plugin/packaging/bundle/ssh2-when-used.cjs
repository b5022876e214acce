// docker-modem loads ssh2 whatever it dials with; only `DOCKER_HOST=ssh://…` needs it, and it takes long to load.
exports.Client = function Client() {
  const { Client: Loaded } = require('../../../node_modules/ssh2/lib/index.js');
  return new Loaded();
};
