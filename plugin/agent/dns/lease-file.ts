import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Joi from 'joi';
import type { Log } from '../../log.ts';
import type { Clock } from '../../process/clock.ts';
import type { Lease } from './lease-book.ts';

const FILE = 'dns-leases.json';
const VERSION = 1;

const schema = Joi.object({
  version: Joi.valid(VERSION).required(),
  leases: Joi.array()
    .items(
      Joi.object({
        service: Joi.string().required(),
        name: Joi.string().required(),
        address: Joi.string().ip({ version: 'ipv4', cidr: 'forbidden' }).required(),
        until: Joi.number().integer().required(),
      }),
    )
    .required(),
});

export interface LeaseFile {
  /** None where there is no file, or one that can't be trusted: names are then asked again before they pass. */
  read(): Promise<readonly Lease[]>;
  write(leases: readonly Lease[]): Promise<void>;
}

/** In the file their ends are milliseconds since 1970; elsewhere those of `Clock.elapsed`, which is another one after a restart. */
export function leaseFile(folder: string, clock: Clock, log: Log): LeaseFile {
  const path = join(folder, FILE);
  return {
    read: async () => {
      try {
        const value: unknown = JSON.parse(await readFile(path, 'utf8'));
        const { error } = schema.validate(value, { convert: false });
        if (error) throw error;
        const began = clock.now() - clock.elapsed();
        return (value as { leases: readonly Lease[] }).leases.map((lease) => ({
          ...lease,
          until: lease.until - began,
        }));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
          log.warn({ err: error }, `${path} can't be read: DNS names begin anew`);
        return [];
      }
    },
    write: async (leases) => {
      const began = clock.now() - clock.elapsed();
      const written = leases.map((lease) => ({ ...lease, until: Math.round(lease.until + began) }));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(`${path}.next`, JSON.stringify({ version: VERSION, leases: written }), { mode: 0o600 });
      await rename(`${path}.next`, path);
    },
  };
}

export async function removeLeaseFile(folder: string): Promise<void> {
  for (const suffix of ['', '.next']) await rm(join(folder, FILE + suffix), { force: true });
}
