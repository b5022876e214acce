import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metrics } from './registry.ts';

/** Swarm's certificate of this node: Swarm renews it long before its end, unless something is wrong. */
export function readCertificateTimes(metrics: Metrics, folder: () => string | undefined): void {
  let known: { readonly version: string; readonly from: number; readonly to: number } | undefined;

  async function read(): Promise<typeof known> {
    const path = folder();
    if (path === undefined) return undefined;
    const file = join(path, 'swarm-node.crt');
    try {
      const { mtimeMs, ino } = await stat(file);
      const version = `${file} ${mtimeMs} ${ino}`;
      if (known?.version === version) return known;
      const { validFrom, validTo } = new X509Certificate(await readFile(file));
      known = { version, from: Date.parse(validFrom) / 1_000, to: Date.parse(validTo) / 1_000 };
    } catch {
      // None: the gauge has no value then, which an alert can tell.
      known = undefined;
    }
    return known;
  }

  metrics.read(
    'swarmwall_certificate_not_before_timestamp_seconds',
    "From when this node's Swarm certificate is valid: its age is since then.",
    async () => (await read())?.from,
  );
  metrics.read(
    'swarmwall_certificate_not_after_timestamp_seconds',
    "Until when this node's Swarm certificate is valid.",
    async () => (await read())?.to,
  );
}
