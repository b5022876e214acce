import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface OwnFolder {
  path: string;
}

/** An empty folder for each test of the suite that asks: to be called inside `describe`. */
export function ownFolder(): OwnFolder {
  const folder: OwnFolder = { path: '' };
  let made = '';
  beforeEach(async () => {
    made = await mkdtemp(join(tmpdir(), 'swarmwall-'));
    folder.path = made;
  });
  afterEach(() => rm(made, { recursive: true, force: true }));
  return folder;
}
