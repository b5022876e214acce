import { suggest } from '../nearest.ts';
import type { Report } from '../report.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { entriesOf, get, isNull, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree, TreeMap } from '../syntax/yaml-tree.ts';
import {
  CONFIG_KEYS,
  FORBIDDEN,
  IGNORED,
  NETWORK_KEYS,
  PORT_KEYS,
  SECRET_KEYS,
  SERVICE_KEYS,
  TOP_KEYS,
  VOLUME_KEYS,
} from './stack-keys.ts';

/**
 * What `docker stack deploy` refuses or ignores. What `compile` writes out itself is no matter: `name`, `include`,
 * `extends`, `profiles`, names of ports.
 */
export function checkStackRules(root: TreeMap | undefined, source: SourceText, report: Report): void {
  for (const [key, { keyOffset }] of entriesOf(root)) {
    if (!isKnown(key, TOP_KEYS)) refuse(keyOffset, `"${key}"`, 'it is no part of a stack file');
  }
  for (const [name, { value, keyOffset }] of entriesOf(get(root, 'services')))
    checkService(name, value, keyOffset);
  for (const [section, keys] of [
    ['networks', NETWORK_KEYS],
    ['volumes', VOLUME_KEYS],
    ['secrets', SECRET_KEYS],
    ['configs', CONFIG_KEYS],
  ] as const) {
    for (const [name, { value }] of entriesOf(get(root, section))) {
      for (const [key, { keyOffset }] of entriesOf(value)) {
        if (!isKnown(key, keys))
          refuse(keyOffset, `"${section}.${name}.${key}"`, 'stacks do not have it', suggest(key, keys));
      }
    }
  }

  function checkService(name: string, service: Tree, offset: number): void {
    if (service.kind !== 'map') return;
    for (const [key, { keyOffset }] of entriesOf(service)) {
      const where = `"services.${name}.${key}"`;
      const [forbidden, ignored] = [FORBIDDEN.get(key), IGNORED.get(key)];
      if (forbidden !== undefined) refuse(keyOffset, where, forbidden);
      else if (ignored !== undefined) ignore(keyOffset, where, ignored);
      else if (!isKnown(key, SERVICE_KEYS))
        refuse(keyOffset, where, 'stacks do not have it', suggest(key, SERVICE_KEYS));
    }
    const image = textOf(get(service, 'image'));
    if (image === undefined || image === '')
      refuse(offset, `service "${name}"`, 'it has no image, and a stack builds none');
    const dependsOn = get(service, 'depends_on');
    if (dependsOn?.kind === 'map')
      refuse(
        dependsOn.offset,
        `"services.${name}.depends_on"`,
        'a stack takes a list there, and no conditions',
      );
    for (const port of itemsOf(get(service, 'ports'))) {
      for (const [key, { keyOffset }] of entriesOf(port)) {
        if (!isKnown(key, PORT_KEYS))
          refuse(keyOffset, `"services.${name}.ports.${key}"`, 'stacks do not have it');
      }
    }
    checkAddresses(name, service);
  }

  /** `127.0.0.1:80:80` is open to everybody on a Swarm. docker/cli: cli/compose/loader, toServicePortConfigs. */
  function checkAddresses(name: string, service: Tree): void {
    for (const item of itemsOf(get(service, 'ports'))) {
      const text = item.kind === 'scalar' && !isNull(item) ? (textOf(item) ?? '') : '';
      if (!/^(?:\[.*\]|\d+(?:\.\d+){3}):/.test(text)) continue;
      ignore(
        item.offset,
        `the address of the port "${text}" of service "${name}"`,
        'a Swarm publishes at every address',
      );
    }
  }

  function refuse(offset: number, what: string, why: string, hint = ''): void {
    report.error(
      'stack-forbidden',
      source.at(offset),
      `${what} is refused by docker stack deploy: ${why}`,
      hint,
    );
  }

  function ignore(offset: number, what: string, why: string): void {
    report.warn('stack-ignored', source.at(offset), `${what} is ignored by docker stack deploy`, `${why}.`);
  }
}

function isKnown(key: string, keys: readonly string[]): boolean {
  return key.startsWith('x-') || keys.includes(key);
}
