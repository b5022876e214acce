import type { Json, JsonObject } from '../../rules/authz/api-request.ts';
import type { Kind } from './grammar.ts';

/** What a thing was made with, as far as the grammar speaks of it, in one form for both sides. */
export type Effect = Readonly<Record<string, unknown>>;

type Tree = Json | undefined;

const EFFECTS: Readonly<Record<Kind, (body: JsonObject) => Effect>> = {
  container: (body) => ({ ...hostEffect(at(body, 'HostConfig')), ...configEffect(body) }),
  service: serviceEffect,
  volume: volumeEffect,
};

export function effectOfBody(kind: Kind, body: JsonObject): Effect {
  return EFFECTS[kind](body);
}

/** Of the engine's inspection. */
export function effectOfInspection(kind: Kind, found: JsonObject): Effect {
  switch (kind) {
    case 'container':
      return { ...hostEffect(at(found, 'HostConfig')), ...configEffect(at(found, 'Config')) };
    case 'service':
      return serviceEffect(at(found, 'Spec'));
    case 'volume':
      return volumeEffect({ ...(found as Record<string, Json>), DriverOpts: at(found, 'Options') ?? null });
  }
}

function hostEffect(host: Tree): Effect {
  const network = text(at(host, 'NetworkMode'));
  return {
    privileged: at(host, 'Privileged') === true,
    publishAll: at(host, 'PublishAllPorts') === true,
    readonly: at(host, 'ReadonlyRootfs') === true,
    memory: number(at(host, 'Memory')),
    oom: number(at(host, 'OomScoreAdj')),
    pid: text(at(host, 'PidMode')),
    // Engines write their default out.
    network: ['', 'default', 'bridge'].includes(network) ? '' : network,
    ipc: text(at(host, 'IpcMode')) || 'private',
    uts: text(at(host, 'UTSMode')),
    capAdd: texts(at(host, 'CapAdd'))
      .map((name) => name.replace(/^CAP_/u, ''))
      .sort(),
    binds: texts(at(host, 'Binds')),
    // Added by the engine to what is privileged or shares the host's processes.
    securityOpt: texts(at(host, 'SecurityOpt')).filter((option) => option !== 'label=disable'),
    sysctls: pairs(at(host, 'Sysctls')),
    devices: list(at(host, 'Devices')).map((device) =>
      ['PathOnHost', 'PathInContainer', 'CgroupPermissions'].map((key) => text(at(device, key))),
    ),
    mounts: mounts(host),
    extraHosts: texts(at(host, 'ExtraHosts')),
    groupAdd: texts(at(host, 'GroupAdd')),
  };
}

function configEffect(config: Tree): Effect {
  return {
    image: text(at(config, 'Image')),
    labels: pairs(at(config, 'Labels')),
    user: text(at(config, 'User')),
    // Of one variable the engine keeps the last.
    env:
      texts(at(config, 'Env'))
        .filter((line) => line.startsWith('FUZZ='))
        .at(-1) ?? '',
    tty: at(config, 'Tty') === true,
  };
}

function serviceEffect(spec: Tree): Effect {
  const container = at(at(spec, 'TaskTemplate'), 'ContainerSpec');
  const endpoint = at(spec, 'EndpointSpec');
  return {
    labels: pairs(at(spec, 'Labels')),
    containerLabels: pairs(at(container, 'Labels')),
    image: text(at(container, 'Image')),
    user: text(at(container, 'User')),
    args: texts(at(container, 'Args')),
    command: texts(at(container, 'Command')),
    capabilityAdd: texts(at(container, 'CapabilityAdd')),
    readonly: at(container, 'ReadOnly') === true,
    tty: at(container, 'TTY') === true,
    mounts: mounts(container),
    hosts: texts(at(container, 'Hosts')),
    sysctls: pairs(at(container, 'Sysctls')),
    endpointMode: text(at(endpoint, 'Mode')) || 'vip',
    ports: list(at(endpoint, 'Ports')).map((port) => [
      number(at(port, 'TargetPort')),
      number(at(port, 'PublishedPort')),
      text(at(port, 'PublishMode')) || 'ingress',
    ]),
  };
}

function volumeEffect(volume: Tree): Effect {
  return {
    driver: text(at(volume, 'Driver')) || 'local',
    options: pairs(at(volume, 'DriverOpts')),
    // Written by newer engines.
    labels: pairs(at(volume, 'Labels')).filter(([key]) => key !== 'com.docker.volume.anonymous'),
  };
}

function mounts(tree: Tree): readonly unknown[] {
  return list(at(tree, 'Mounts')).map((mount) => [
    text(at(mount, 'Type')),
    text(at(mount, 'Source')),
    text(at(mount, 'Target')),
    at(mount, 'ReadOnly') === true,
    number(at(at(mount, 'TmpfsOptions'), 'SizeBytes')),
  ]);
}

function at(tree: Tree, key: string): Tree {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return undefined;
  return Object.hasOwn(tree, key) ? (tree as JsonObject)[key] : undefined;
}

const text = (value: Tree): string => (typeof value === 'string' ? value : '');
const number = (value: Tree): number => (typeof value === 'number' ? value : 0);
const list = (value: Tree): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);
const texts = (value: Tree): readonly string[] => list(value).map((item) => text(item));

function pairs(value: Tree): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value)
    .map(([key, entry]) => [key, text(entry)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
