import type { LabProcess } from '../lab/lab-process.ts';

/** A host's own, for nobody but the test: IPv4 and IPv6. */
export const OWN = 9999;
const SERVER = `require('net').createServer((s) => s.on('data', (d) => s.write('node ' + d))).listen(${String(OWN)})`;

interface Host {
  spawn(file: string, args: readonly string[], name?: string): Promise<LabProcess>;
}

export function serveOwn(host: Host): Promise<LabProcess> {
  return host.spawn('node', ['-e', SERVER], 'own-port');
}
