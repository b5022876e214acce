import type { Protocol, ServicePort } from '../../compose-ext/policy-model.ts';
import type { RawContainer } from './engine-data.ts';

const PROJECT = 'com.docker.compose.project';
const SERVICE = 'com.docker.compose.service';
const TASK = 'com.docker.swarm.task.id';

/** A container that no Swarm made. */
export interface ContainerRecord {
  readonly id: string;
  readonly stack: string;
  readonly service: string;
  /** Less what the image says: an image is not who runs it. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of ours, those that only the image says. */
  readonly ignored: readonly string[];
  readonly created: number;
  /** Names or ids of networks that it is on, or will be once it runs. */
  readonly networks: readonly string[];
  readonly published: readonly PublishedPort[];
}

export interface PublishedPort extends ServicePort {
  readonly published: number;
  /** At 127.0.0.1 or ::1 alone. */
  readonly loopback: boolean;
}

/** One of Swarm's own: who it is, only managers say. */
export function isTask({ Labels }: RawContainer): boolean {
  return Labels?.[TASK] !== undefined;
}

/** Whose labels are worth a look at their image's. */
export function mayBeAnnotated(raw: RawContainer): boolean {
  return !isTask(raw) && Object.keys(raw.Labels ?? {}).some((key) => key.startsWith('swarmwall.'));
}

/** Undefined: one of Swarm's. A container outside any project is its own, by its name. */
export function toContainerRecord(
  raw: RawContainer,
  imageLabels: Readonly<Record<string, string>>,
): ContainerRecord | undefined {
  const all = Object.entries(raw.Labels ?? {});
  if (isTask(raw)) return undefined;
  const fromImage = ([key, value]: readonly [string, string]): boolean =>
    Object.hasOwn(imageLabels, key) && imageLabels[key] === value;
  const own = new Map(all.filter((label) => !fromImage(label)));
  const name = raw.Names?.[0]?.replace(/^\//, '') || raw.Id;
  const [project, service] = [own.get(PROJECT), own.get(SERVICE)];
  const known = project !== undefined && service !== undefined && isName(project) && isName(service);
  return {
    id: raw.Id,
    stack: known ? project : name,
    service: known ? service : name,
    labels: Object.fromEntries(own),
    ignored: all.filter(fromImage).flatMap(([key]) => (key.startsWith('swarmwall.') ? [key] : [])),
    created: raw.Created ?? 0,
    networks: Object.entries(raw.NetworkSettings?.Networks ?? {}).flatMap(([key, network]) => [
      key,
      ...(network?.NetworkID ? [network.NetworkID] : []),
    ]),
    published: publishedPorts(raw),
  };
}

/** A key's two names are parted by a slash. */
function isName(text: string): boolean {
  return /^[A-Za-z0-9._-]+$/.test(text);
}

export function publishedPorts({ Ports }: RawContainer): PublishedPort[] {
  const found = new Map<string, PublishedPort>();
  for (const { IP = '', PrivatePort, PublicPort, Type } of Ports ?? []) {
    if (!PrivatePort || !PublicPort || !isProtocol(Type)) continue;
    const key = `${String(PublicPort)}/${Type}`;
    const loopback = (/^127\./.test(IP) || IP === '::1') && (found.get(key)?.loopback ?? true);
    found.set(key, { protocol: Type, target: PrivatePort, published: PublicPort, mode: 'host', loopback });
  }
  return [...found.values()];
}

function isProtocol(type: string | undefined): type is Protocol {
  return type === 'tcp' || type === 'udp' || type === 'sctp';
}
