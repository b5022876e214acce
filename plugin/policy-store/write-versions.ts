import { randomUUID } from 'node:crypto';
import { asFault, Fault } from '../fault.ts';
import { configName } from './config-name.ts';
import { formatBatch, LABELS } from './labels.ts';
import type { PolicyConfigs } from './policy-configs.ts';
import type { PolicyWrite } from './plan-writes.ts';

/**
 * Writes all versions or none: those written together come into force together, with the last of them. What was
 * written before a failure never was in force, and is taken away again.
 * @throws Fault `policy-conflict` when somebody else wrote one of them first, or `docker-…`; `data.left` names the
 * configs that could not be taken away.
 */
export async function writeVersions(
  configs: PolicyConfigs,
  writes: readonly PolicyWrite[],
  by: string,
): Promise<void> {
  const names = writes.map(({ name, version }) => configName(name, version));
  const batch = names.length > 1 ? formatBatch({ id: randomUUID(), members: names }) : undefined;
  const written: string[] = [];
  for (const [at, write] of writes.entries()) {
    try {
      written.push(
        await configs.createConfig({
          name: names[at] ?? '',
          labels: { ...labelsOf(write, by), ...(batch && { [LABELS.batch]: batch }) },
          data: write.text,
        }),
      );
    } catch (error) {
      const left = await takeBack(configs, written, names);
      throw toFault(error, write, left);
    }
  }
}

function labelsOf({ name, version, kind, change, from }: PolicyWrite, by: string): Record<string, string> {
  return {
    [LABELS.name]: name,
    [LABELS.version]: String(version),
    [LABELS.kind]: kind,
    [LABELS.change]: change,
    ...(from !== undefined && { [LABELS.from]: String(from) }),
    [LABELS.by]: by,
  };
}

/** Names of those that stay, for a person to look at: they are not in force. */
async function takeBack(
  configs: PolicyConfigs,
  ids: readonly string[],
  names: readonly string[],
): Promise<readonly string[]> {
  const left: string[] = [];
  for (const [at, id] of ids.entries())
    await configs.removeConfig(id).catch(() => left.push(names[at] ?? id));
  return left;
}

function toFault(error: unknown, { name, version }: PolicyWrite, left: readonly string[]): Fault {
  const fault = asFault(error, 'docker-failed');
  const conflict = fault.data['status'] === 409;
  const what = conflict
    ? `somebody else wrote version ${version} of "${name}" first`
    : `version ${version} of "${name}" could not be stored: ${fault.message}`;
  const outcome =
    fault.code === 'docker-unavailable'
      ? 'it is not known whether it was: swarmwall policy history tells'
      : 'nothing was changed';
  const stay =
    left.length === 0 ? '' : `; ${left.join(', ')} could not be taken away again, and is not in force`;
  return new Fault(conflict ? 'policy-conflict' : fault.code, `${what}; ${outcome}${stay}`, {
    cause: error,
    data: { ...fault.data, left },
  });
}
