import { quoted, refuse, type Check } from './check.ts';
import { isListed, isSocketItself, reachesSocket } from './host-path.ts';

/** What reaches into the host: namespaces, files, devices, ports. */
export const HOST_CHECKS = {
  privileged: refuse('privileged', 'Leave it out.', () => 'asks for all privileges'),
  'host-namespaces': refuse(
    'host-namespace',
    'Leave it out: the container gets its own.',
    ({ space }) => `shares the ${space} namespace of the host`,
  ),
  'shared-namespaces': refuse(
    'shared-namespace',
    'Leave it out: the container gets its own.',
    ({ space, container }) => `shares the ${space} namespace of the container ${quoted(container)}`,
  ),
  'host-paths': refuse(
    'host-path',
    'Use a volume, or have the path listed in allow.hostPaths.',
    ({ source, volume }) =>
      `mounts ${quoted(source)} of the host${volume === undefined ? '' : ` through the volume ${quoted(volume)}`}`,
    ({ source }, { allow }) => isListed(source, allow?.hostPaths ?? []),
  ),
  'docker-socket': refuse(
    'host-path',
    "Whoever opens Docker's socket or data has the whole host; a folder that holds it is never allowed by name.",
    ({ source }) => `mounts ${quoted(source)}, which leads to Docker's socket or data`,
    ({ source }, { allow }) =>
      !reachesSocket(source) || (isSocketItself(source) && isListed(source, allow?.hostPaths ?? [])),
  ),
  'mount-propagation': refuse(
    'propagation',
    'Use private or rprivate.',
    ({ mode }) => `lets mounts pass between host and container: ${quoted(mode)}`,
  ),
  'volumes-from': refuse(
    'volumes-from',
    'Name the volumes themselves.',
    ({ container }) => `takes whatever is mounted in the container ${quoted(container)}`,
  ),
  'volume-drivers': refuse(
    'volume-driver',
    'Use a local volume without driver options, or have the driver listed in allow.volumeDrivers.',
    ({ driver, detail }) =>
      `uses the volume driver ${quoted(driver)}${detail === undefined ? '' : ` with ${quoted(detail)}`}`,
    // `local` leads to disks and servers with its options: listing it does not mean those.
    ({ driver }, { allow }) => driver !== 'local' && (allow?.volumeDrivers ?? []).includes(driver),
  ),
  devices: refuse('device', 'Leave it out.', ({ device }) => `asks for the device ${quoted(device)}`),
  'host-ports': refuse(
    'host-port',
    'Publish through the routing mesh, or have the port listed in allow.hostPorts.',
    ({ from, to }) =>
      from === 0 && to === 0
        ? 'publishes a port on the node'
        : `publishes ${from === to ? `port ${from}` : `the ports ${from} to ${to}`} on the node`,
    ({ from, to }, { allow }) =>
      from > 0 && (allow?.hostPorts ?? []).some((range) => range.from <= from && to <= range.to),
  ),
} satisfies Record<string, Check>;
