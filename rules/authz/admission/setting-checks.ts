import type { AdmissionPolicy } from '../../../compose-ext/authz/authz-model.ts';
import { matchesWord } from '../match-word.ts';
import { quoted, refuse, type Check, type Finding } from './check.ts';
import { imageName } from './image-name.ts';
import { POLICY_LABELS } from './policy-labels.ts';
import type { Limit, ResolvedWish } from './wish.ts';

/** Each is of one setting of a policy, and silent where that is not written. */
export const SETTING_CHECKS = {
  runtimes: refuse(
    'runtime',
    "Leave it out, or use one of the policy's runtimes.",
    ({ name }) => `is run by ${quoted(name)}`,
    ({ name }, { runtimes }) => runtimes === undefined || runtimes.includes(name),
  ),
  'image-registry': refuse(
    'image',
    "Use an image of one of the policy's registries, by its full name.",
    ({ reference }) => `uses the image ${quoted(reference)}, of a registry that is not allowed`,
    ({ reference }, { images }) => images?.registries === undefined || isOf(reference, images.registries),
  ),
  'image-pinned': refuse(
    'image',
    'Write a tag other than latest, or a digest, as the policy asks.',
    ({ reference }) => `uses the image ${quoted(reference)}, which may be another tomorrow`,
    ({ reference }, { images }) => images?.require === undefined || isPinned(reference, images.require),
  ),
  'image-relabel': refuse(
    'image-name',
    'Push it from where it was built: under such a name it would pass for an image of the registry.',
    ({ reference }) =>
      reference === undefined
        ? 'loads images under names that cannot be seen'
        : `names an image of this node ${quoted(reference)}`,
    ({ reference }, { images }) =>
      images?.registries === undefined || (reference !== undefined && !isOf(reference, images.registries)),
  ),
  'required-labels': {
    hint: 'Write the label.',
    find: ({ workload }, { require }) =>
      (workload === undefined ? [] : (require?.labels ?? []))
        .filter((label) => !workload?.labels.get(label))
        .map((label) => ({
          message: `lacks the label ${quoted(label)}`,
          path: workload?.fields.labels ?? '',
        })),
  },
  'network-policy': {
    hint: `Annotate it with ${POLICY_LABELS.slice(0, 2).join(' or ')}, or deploy the stack with swarmwall.`,
    find: (wish, { require }) => (require?.networkPolicy === true ? unselected(wish) : []),
  },
  'encrypted-network': {
    hint: 'Use overlays made with the option encrypted.',
    find: ({ networks }, { require }) =>
      require?.encryptedNetwork !== true
        ? []
        : networks
            .filter(({ encrypted, driver }) => !(encrypted && driver === 'overlay') && driver !== 'null')
            .map(({ name, path }) => ({ message: `joins ${quoted(name)}, which is not encrypted`, path })),
  },
  'memory-limit': { hint: 'Write a limit.', find: (wish, policy) => unlimited(wish, policy, 'memory') },
  'cpu-limit': { hint: 'Write a limit.', find: (wish, policy) => unlimited(wish, policy, 'cpu') },
  'pids-limit': {
    hint: 'Write a limit; for services in a request of API 1.41 or later.',
    find: (wish, policy) => unlimited(wish, policy, 'pids'),
  },
} satisfies Record<string, Check>;

/** What has no network needs no policy, until it joins one. */
function unselected({ asks, workload }: ResolvedWish): Finding[] {
  const message = 'no network policy selects it';
  const later = asks
    .filter(({ kind }) => kind === 'unselected-target')
    .map(({ path }) => ({ message, path }));
  if (workload === undefined || workload.unconnected) return later;
  const selected = POLICY_LABELS.some((label) => workload.labels.has(label));
  return selected ? later : [...later, { message, path: workload.fields.labels }];
}

const SETTINGS = { memory: 'memoryLimit', cpu: 'cpuLimit', pids: 'pidsLimit' } as const;

function unlimited({ asks, workload }: ResolvedWish, { require }: AdmissionPolicy, limit: Limit): Finding[] {
  if (require?.[SETTINGS[limit]] !== true) return [];
  const message = `has no limit of ${limit === 'pids' ? 'processes' : limit}`;
  const missing = workload === undefined || workload.limits.has(limit) ? [] : [workload.fields[limit]];
  const lifted = asks.flatMap((ask) => (ask.kind === 'limit-lifted' && ask.limit === limit ? ask.path : []));
  return [...missing, ...lifted].map((path) => ({ message, path }));
}

/** A registry alone is all of it; with a path, that repository or all that the pattern matches. */
function isOf(reference: string, registries: readonly string[]): boolean {
  const name = imageName(reference);
  if (name === undefined) return false;
  return registries.some((entry) =>
    entry.includes('/') ? matchesWord(entry, name.repository) : entry === name.registry,
  );
}

function isPinned(reference: string, by: 'tag' | 'digest'): boolean {
  const name = imageName(reference);
  if (name === undefined) return false;
  if (name.digest !== undefined) return true;
  return by === 'tag' && name.tag !== undefined && name.tag !== 'latest';
}
