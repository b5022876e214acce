import type {
  ContainerFact,
  NamedFact,
  NetworkFact,
  PluginFact,
  ServiceFact,
  VolumeFact,
} from '../../rules/authz/surroundings.ts';

/** An inspection's answer: JSON of engines that differ. */
export type Raw = Readonly<Record<string, unknown>>;

/** Configs, secrets and nodes have name and labels in their `Spec`; a node's own name is its host's. */
export function toNamed(raw: Raw): NamedFact {
  const spec = within(raw, 'Spec');
  return {
    id: text(raw['ID'] ?? raw['Id']),
    name: text(within(raw, 'Description')['Hostname'] ?? spec['Name'] ?? raw['Name']),
    labels: texts(spec['Labels'] ?? raw['Labels']),
  };
}

export function toNetwork(raw: Raw): NetworkFact {
  const options = within(raw, 'Options');
  return {
    ...toNamed(raw),
    driver: text(raw['Driver']),
    scope: text(raw['Scope']),
    attachable: raw['Attachable'] === true,
    // libnetwork: present at all, unless it says otherwise.
    encrypted: Object.hasOwn(options, 'encrypted') && options['encrypted'] !== 'false',
    ingress: raw['Ingress'] === true,
  };
}

export function toContainer(raw: Raw): ContainerFact {
  const host = within(raw, 'HostConfig');
  const config = within(raw, 'Config');
  return {
    id: text(raw['Id']),
    name: text(raw['Name']).replace(/^\//u, ''),
    labels: texts(config['Labels']),
    image: text(config['Image']),
    networkMode: text(host['NetworkMode']),
    privileged: host['Privileged'] === true,
    networks: networksOf(within(raw, 'NetworkSettings')),
  };
}

/** A container that does not run keeps the names, not always the ids. */
function networksOf(settings: Raw): string[] {
  const networks = within(settings, 'Networks');
  return Object.keys(networks).flatMap((name) => {
    const id = text(within(networks, name)['NetworkID']);
    return id === '' ? [name] : [name, id];
  });
}

export function toService(raw: Raw): ServiceFact {
  const previousSpec = raw['PreviousSpec'] ?? undefined;
  return { ...toNamed(raw), spec: raw['Spec'], ...(previousSpec !== undefined && { previousSpec }) };
}

export function toPlugin(raw: Raw): PluginFact {
  const types = within(within(raw, 'Config'), 'Interface')['Types'];
  return { ...toNamed(raw), types: (Array.isArray(types) ? types : []).map(text) };
}

export function toVolume(raw: Raw): VolumeFact {
  return {
    name: text(raw['Name']),
    driver: text(raw['Driver']),
    options: texts(raw['Options']),
    labels: texts(raw['Labels']),
  };
}

function within(raw: Raw, key: string): Raw {
  const value = raw[key];
  return typeof value === 'object' && value !== null ? (value as Raw) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): Readonly<Record<string, string>> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const known = Object.create(null) as Record<string, string>;
  for (const [key, entry] of entries) if (typeof entry === 'string') known[key] = entry;
  return known;
}
