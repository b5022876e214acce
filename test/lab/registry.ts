import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import type { Lab } from './lab.ts';

/** A real registry (Debian's docker-registry) on the outside host; the engines must trust it without TLS. */
export interface LabRegistry {
  /** `198.51.100.200:5000` */
  readonly host: string;
}

const PORT = 5000;

export async function startRegistry(lab: Lab): Promise<LabRegistry> {
  const folder = join(lab.folder, 'registry');
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'config.json');
  const settings = {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: `0.0.0.0:${PORT}` },
  };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(settings));
  await lab.outside.spawn('docker-registry', ['serve', config], 'registry');
  const host = `${lab.outside.addresses[0]}:${PORT}`;
  await eventually(() => lab.outside.run('busybox', ['nc', lab.outside.addresses[0]!, String(PORT)]));
  return { host };
}
