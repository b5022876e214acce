import { RESOURCES, VERBS } from '../../../compose-ext/authz/words.ts';
import type { ClusterModel, ControllerStatus } from '../../api/types.ts';
import type { StackFile } from '../load-stacks.ts';
import { stackFiles } from '../file-options.ts';
import { loadStacks } from '../load-stacks.ts';
import type { Session } from '../session.ts';
import type { NameSource } from './complete.ts';

function filesIn(words: readonly string[]): readonly StackFile[] {
  const own: string[] = [];
  const others = words.flatMap((word, at): StackFile[] => {
    const value = words[at + 1];
    if (value === undefined || value === '-') return [];
    if (['-c', '--compose-file', '-f', '--file'].includes(word)) own.push(value);
    const [stack, file] = value.split('=');
    return word === '--with' && stack && file ? [{ stack, file }] : [];
  });
  return own.length === 0 ? others : stackFiles(own, { with: others });
}

/** Names come from the files of -c and --with, else from the controller. A mistake completes to nothing. */
export function createNameSource({ io, world }: Session): NameSource {
  return async (kind, words) => {
    try {
      if (kind === 'verb') return VERBS;
      if (kind === 'resource') return RESOURCES;
      if (kind === 'policy') {
        const status = await world.getApi<ControllerStatus>('controller', '/v1/status');
        return Object.keys(status?.clusterPolicies.versions ?? {});
      }
      const files = filesIn(words);
      if (kind === 'stack' || files.length === 0) {
        const model = await world.getApi<ClusterModel>('controller', '/v1/model');
        if (kind === 'stack') return model?.stacks.map(({ name }) => name) ?? [];
        return model ? [...model.services.map(({ key }) => key), 'world'] : ['world'];
      }
      const { model } = await loadStacks(io, files);
      return [
        ...model.stacks.flatMap(({ name, services }, at) =>
          services.map((service) => (at === 0 ? service.name : `${name}/${service.name}`)),
        ),
        'world',
      ];
    } catch {
      return [];
    }
  };
}
