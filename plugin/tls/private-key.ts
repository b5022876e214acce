import { Fault } from '../fault.ts';

/**
 * swarmkit keeps headers of its own in the key file (`kek-version`, and on managers `raft-dek`), which OpenSSL
 * refuses; they are left out and not kept.
 * @throws Fault `certificate-locked` when autolock has encrypted the key, `certificate-invalid`
 */
export function plainKey(pem: string, path: string): string {
  const match = /-----BEGIN ([A-Z ]+)-----\r?\n([\s\S]+?)-----END \1-----/.exec(pem);
  const label = match?.[1];
  const body = match?.[2];
  if (label === undefined || body === undefined || !label.endsWith('PRIVATE KEY'))
    throw new Fault('certificate-invalid', `${path} holds no private key`, { data: { path } });
  if (label.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(body))
    throw new Fault(
      'certificate-locked',
      `${path} is encrypted (docker swarm update --autolock): this manager can't serve agents or report to others ` +
        'with it; run `docker swarm update --autolock=false`, or let the managers without autolock serve',
      { data: { path } },
    );
  const base64 = body
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.includes(':'))
    .join('\n');
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
}
