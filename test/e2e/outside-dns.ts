import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type DnsRecords, serveDns } from '../support/dns-authority.ts';

/** `outside-dns.ts ADDRESS RECORDS PORT…`: a DNS server with the records of a file, and listeners that the lab's probe hears. */
const [address = '', file = '', ...ports] = process.argv.slice(2);
await serveDns({
  address,
  records: () => JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, DnsRecords>>,
});
for (const port of ports)
  createServer((stream) => {
    stream.on('error', () => stream.destroy());
    stream.on('data', (data) => stream.write(`outside ${data.toString()}`));
  }).listen(Number(port), '0.0.0.0');
process.stdout.write('serving\n');
