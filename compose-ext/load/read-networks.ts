import type { Report } from '../report.ts';
import { suggest } from '../nearest.ts';
import type { SourceText } from '../syntax/source-text.ts';
import { entriesOf, get, itemsOf, textOf, writtenText } from '../syntax/tree-access.ts';
import type { Tree, TreeEntry } from '../syntax/yaml-tree.ts';
import type { ComposeNetwork, ComposeService, ServiceNetwork } from './compose-file.ts';
import { isMeantAsOurs } from './meant-label.ts';
import { SEGMENT_LABEL } from './read-annotations.ts';
import { readLabels } from './read-labels.ts';

const NETWORK_LABELS = [SEGMENT_LABEL];

export function readServiceNetworks(tree: Tree | undefined, source: SourceText): ServiceNetwork[] {
  const fromList = itemsOf(tree).flatMap((item): ServiceNetwork[] => {
    const name = textOf(item);
    return name === undefined ? [] : [{ name, aliases: [], options: [], origin: source.at(item.offset) }];
  });
  const fromMap = [...entriesOf(tree)].map(([name, { keyOffset, value }]): ServiceNetwork => {
    const aliases = itemsOf(get(value, 'aliases')).flatMap((alias) => writtenText(alias) ?? []);
    const options = [...entriesOf(value).keys()].filter((key) => key !== 'aliases');
    return { name, aliases, options, origin: source.at(keyOffset) };
  });
  return [...fromList, ...fromMap];
}

export function readNetwork(
  name: string,
  entry: TreeEntry,
  source: SourceText,
  report: Report,
): ComposeNetwork {
  const { value, keyOffset } = entry;
  const labels = readLabels(get(value, 'labels'), source, report);
  for (const { key, keyOrigin } of labels.values()) {
    if (!isMeantAsOurs(key) || key === SEGMENT_LABEL) continue;
    const hint = suggest(key, NETWORK_LABELS, `Only ${SEGMENT_LABEL} stands on a network.`);
    report.error(
      'unknown-label',
      keyOrigin,
      `"${key}" is not a label of networks that Swarmwall knows`,
      hint,
    );
  }
  const external = get(value, 'external');
  const realName = textOf(get(external, 'name')) ?? textOf(get(value, 'name'));
  const encrypted = textOf(get(value, 'driver_opts', 'encrypted'));
  return {
    name,
    ...(realName === undefined ? {} : { realName }),
    external: external !== undefined && textOf(external) !== 'false',
    internal: textOf(get(value, 'internal')) === 'true',
    // Docker: present and not "false"; the usual spelling is `encrypted: ""`.
    encrypted: encrypted !== undefined && encrypted !== 'false',
    segment: labels.has(SEGMENT_LABEL),
    origin: source.at(keyOffset),
  };
}

/** Docker refuses them too; `default` is always there, and host and none are the engine's. */
export function checkNetworkNames(
  services: readonly ComposeService[],
  networks: readonly ComposeNetwork[],
  report: Report,
): void {
  const known = new Set(['default', ...networks.map(({ name }) => name)]);
  for (const service of services) {
    for (const { name, origin } of service.networks) {
      if (known.has(name)) continue;
      const message = `service "${service.name}" is on the network "${name}", which the file does not declare`;
      report.error('unknown-network', origin, message, suggest(name, known, 'Declare it under networks:.'));
    }
  }
}
