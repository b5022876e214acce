import type { ApiRequest, Json } from '../api-request.ts';
import { listAt, objectAt, textAt } from './json-path.ts';

/** Something else that a request makes use of. */
export interface Reference {
  readonly resource: 'networks' | 'volumes' | 'secrets' | 'configs' | 'containers';
  /** As sent: a name or an id. */
  readonly reference: string;
}

/** The networks, volumes, secrets, configs and containers that a workload is to have, by every field that can say so. */
export function referencesOf({ operation, body }: ApiRequest): readonly Reference[] {
  switch (`${operation.verb} ${operation.resource}`) {
    case 'create containers':
      return distinct(ofContainer(body));
    case 'create services':
    case 'update services':
      return distinct(ofService(body));
    case 'connect networks':
      return some('networks', operation.name);
    default:
      return [];
  }
}

function ofContainer(body: Json | undefined): readonly Reference[] {
  const host = objectAt(body, 'HostConfig');
  const mode = textAt(host, 'NetworkMode');
  return [
    ...['NetworkMode', 'PidMode', 'IpcMode', 'UTSMode', 'CgroupnsMode'].flatMap((key) =>
      some('containers', containerOf(textAt(host, key))),
    ),
    ...(containerOf(mode) === undefined ? some('networks', mode) : []),
    ...Object.keys(objectAt(body, 'NetworkingConfig', 'EndpointsConfig') ?? {}).flatMap((name) =>
      some('networks', name),
    ),
    ...texts(listAt(host, 'VolumesFrom')).flatMap((text) => some('containers', beforeColon(text))),
    ...texts(listAt(host, 'Links')).flatMap((text) => some('containers', beforeColon(text))),
    ...texts(listAt(host, 'Binds')).flatMap((text) =>
      text.includes(':') && !text.startsWith('/') ? some('volumes', beforeColon(text)) : [],
    ),
    ...volumesOf(listAt(host, 'Mounts')),
  ];
}

function ofService(body: Json | undefined): readonly Reference[] {
  const task = objectAt(body, 'TaskTemplate');
  const container = objectAt(task, 'ContainerSpec');
  return [
    ...[...listAt(task, 'Networks'), ...listAt(body, 'Networks')].flatMap((each) =>
      some('networks', textAt(each, 'Target')),
    ),
    // Swarm goes by the id; a name beside it says nothing.
    ...listAt(container, 'Secrets').flatMap((each) => some('secrets', textAt(each, 'SecretID'))),
    ...listAt(container, 'Configs').flatMap((each) => some('configs', textAt(each, 'ConfigID'))),
    ...some('configs', textAt(container, 'Privileges', 'CredentialSpec', 'Config')),
    ...volumesOf(listAt(container, 'Mounts')),
  ];
}

function volumesOf(mounts: readonly Json[]): readonly Reference[] {
  return mounts.flatMap((mount) => {
    const type = textAt(mount, 'Type');
    return type === 'volume' || type === 'cluster' ? some('volumes', textAt(mount, 'Source')) : [];
  });
}

function some(resource: Reference['resource'], reference: string | undefined): readonly Reference[] {
  return reference === undefined ? [] : [{ resource, reference }];
}

function texts(list: readonly Json[]): readonly string[] {
  return list.filter((each) => typeof each === 'string');
}

function beforeColon(text: string): string {
  return text.split(':', 1)[0] ?? '';
}

function containerOf(mode: string | undefined): string | undefined {
  return mode?.startsWith('container:') ? mode.slice('container:'.length) : undefined;
}

function distinct(references: readonly Reference[]): readonly Reference[] {
  return [...new Map(references.map((each) => [`${each.resource} ${each.reference}`, each])).values()];
}
