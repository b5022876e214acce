import type { SourceText } from '../syntax/source-text.ts';
import { entriesOf, get, itemsOf, textOf } from '../syntax/tree-access.ts';
import type { Tree } from '../syntax/yaml-tree.ts';
import type { RuntimeText, ServiceRuntime } from './compose-file.ts';

/** What a service asks of its containers, as far as lint has something to say about it. */
export function readRuntime(service: Tree, source: SourceText): ServiceRuntime {
  const text = (tree: Tree | undefined) => readText(tree, source);
  const options = ['privileged', 'network_mode', 'pid', 'ipc', 'uts', 'userns_mode'] as const;
  const written = options.flatMap((name) => {
    const value = text(get(service, name));
    return value === undefined ? [] : [[name, value] as const];
  });
  const image = text(get(service, 'image'));
  return {
    ...(image === undefined ? {} : { image }),
    built: get(service, 'build') !== undefined,
    options: Object.fromEntries(written),
    capabilities: itemsOf(get(service, 'cap_add')).flatMap((item) => text(item) ?? []),
    mounts: itemsOf(get(service, 'volumes')).flatMap((item) => readMount(item, source)),
    environment: readEnvironment(get(service, 'environment'), source),
  };
}

function readText(tree: Tree | undefined, source: SourceText): RuntimeText | undefined {
  const value = textOf(tree);
  if (tree?.kind !== 'scalar' || value === undefined) return undefined;
  return { value, literal: isLiteral(tree.written), origin: source.at(tree.offset) };
}

/** `$$` is a dollar sign; every other one starts a variable. */
function isLiteral(written: string | undefined): boolean {
  return written === undefined || !written.replaceAll('$$', '').includes('$');
}

/** Where on the host it comes from: `/var/run/docker.sock:/var/run/docker.sock:ro`, or `source:`. */
function readMount(item: Tree, source: SourceText): RuntimeText[] {
  const mount = readText(item.kind === 'map' ? get(item, 'source') : item, source);
  if (mount === undefined) return [];
  return [item.kind === 'map' ? mount : { ...mount, value: mount.value.split(':')[0] ?? '' }];
}

/** A name without a value takes it from outside, so it is not here. */
function readEnvironment(
  tree: Tree | undefined,
  source: SourceText,
): (readonly [name: string, value: RuntimeText])[] {
  const fromList = itemsOf(tree).flatMap((item) => {
    const read = readText(item, source);
    const equals = read?.value.indexOf('=') ?? -1;
    if (read === undefined || equals < 0) return [];
    return [[read.value.slice(0, equals), { ...read, value: read.value.slice(equals + 1) }] as const];
  });
  const fromMap = [...entriesOf(tree)].flatMap(([name, { keyOffset, value }]) => {
    const read = readText(value, source);
    return read === undefined ? [] : [[name, { ...read, origin: source.at(keyOffset) }] as const];
  });
  return [...fromList, ...fromMap];
}
