import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuthzPolicy } from '../../compose-ext/index.ts';
import { asFault, Fault } from '../fault.ts';
import { readAuthzDocuments, type AuthzDocuments } from '../policy-store/authz-documents.ts';

const VERSION = 1;
const NAME = 'authz-policy.json';

export interface PolicyOnDisk {
  readonly revision: string;
  readonly policy: AuthzPolicy;
}

export function policyPath(folder: string): string {
  return join(folder, NAME);
}

/** The agent's; it survives a loss of power. @throws Fault `state-unwritable` */
export async function writePolicyFile(
  folder: string,
  { revision, documents }: AuthzDocuments,
): Promise<void> {
  const path = policyPath(folder);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(`${path}.next`, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify({ version: VERSION, revision, documents }));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.next`, path);
    const directory = await open(folder);
    await directory.sync().finally(() => directory.close());
  } catch (error) {
    throw new Fault('state-unwritable', `${path} can't be written: ${asFault(error).message}`, {
      cause: error,
    });
  }
}

/**
 * Undefined: no agent has written one yet.
 * @throws Fault `state-unreadable`: it is damaged, or of a version that is not known here.
 */
export async function readPolicyFile(folder: string): Promise<PolicyOnDisk | undefined> {
  const path = policyPath(folder);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault('state-unreadable', `${path} can't be read: ${asFault(error).message}`, { cause: error });
  }
  const value = parse(path, text);
  if (value['version'] !== VERSION) throw new Fault('state-unreadable', `${path} is of another version`);
  const read = readAuthzDocuments(value);
  if (read.kind === 'wrong') throw new Fault('state-unreadable', `${path} is damaged: ${read.why}`);
  return { revision: String(value['revision']), policy: read.policy };
}

function parse(path: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new Fault('state-unreadable', `${path} is damaged`, { cause: error });
  }
  throw new Fault('state-unreadable', `${path} is damaged`);
}
