import { quoted, refuse, type Check } from './check.ts';

const LOG_DRIVERS = ['json-file', 'local', 'journald', 'none'];
/** `null` is that of the network `none`. */
const NETWORK_DRIVERS = ['bridge', 'overlay', 'null'];
/** Of networks and endpoints: each is about itself alone. */
const NETWORK_OPTIONS = [
  'encrypted',
  'com.docker.network.bridge.enable_icc',
  'com.docker.network.bridge.enable_ip_masquerade',
  'com.docker.network.bridge.host_binding_ipv4',
  'com.docker.network.container_iface_prefix',
  'com.docker.network.driver.mtu',
  'com.docker.network.enable_ipv4',
  'com.docker.network.enable_ipv6',
  'com.docker.network.endpoint.ifname',
];

/** What dockerd itself is made to do, outside of every container. */
export const DAEMON_CHECKS = {
  'log-driver': refuse(
    'log-driver',
    `Use ${LOG_DRIVERS.join(', ')}: with others dockerd connects to where the options say, past every network policy.`,
    ({ driver }) => `logs with the driver ${quoted(driver)}`,
    ({ driver }) => LOG_DRIVERS.includes(driver),
  ),
  'network-driver': refuse(
    'network-driver',
    `Use ${NETWORK_DRIVERS.slice(0, 2).join(' or ')}: others put containers on the host's own network.`,
    ({ driver, network }) =>
      network === undefined
        ? `makes a network with the driver ${quoted(driver)}`
        : `joins ${quoted(network)}, a network with the driver ${quoted(driver)}`,
    ({ driver }) => NETWORK_DRIVERS.includes(driver),
  ),
  'network-options': refuse(
    'network-option',
    `Leave it out. Taken are ${NETWORK_OPTIONS.join(', ')}.`,
    ({ option }) => `sets the network option ${quoted(option)}`,
    ({ option }) => NETWORK_OPTIONS.includes(option),
  ),
  'late-network': refuse(
    'late-network',
    'Create the container on that network: then all that it asks for is judged.',
    ({ network }) => `joins ${quoted(network)} with a container that this policy has not judged`,
    (_, { match }) => match.networks === undefined,
  ),
  'privileged-target': refuse(
    'privileged-target',
    'Use a container that was made under this policy.',
    ({ container }) => `works inside ${quoted(container)}, which has privileges that this policy refuses`,
  ),
  plugins: refuse(
    'plugin',
    'A plugin is a process on the host: have it installed by who may.',
    ({ what }) => `changes plugins of the engine: ${quoted(what)}`,
  ),
  'task-runtime': refuse(
    'task-runtime',
    'Use a ContainerSpec alone.',
    ({ what }) => `has tasks that are no containers: ${quoted(what)}`,
  ),
  'build-session': refuse(
    'build-session',
    'Build without BuildKit (DOCKER_BUILDKIT=0), or elsewhere: over a session steps may ask for everything unseen.',
    () => 'builds over a session of BuildKit',
  ),
  'build-remote': refuse(
    'build-remote',
    'Send the files with the request.',
    ({ remote }) => `has dockerd itself fetch ${quoted(remote)}`,
  ),
} satisfies Record<string, Check>;
