import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { parseConnections, trackConnections } from '../../../../plugin/kernel/connections.ts';
import { hostNamespace } from '../../../../plugin/kernel/namespace.ts';
import type { Run } from '../../../../plugin/process/run.ts';
import { FakeRun } from '../fake-run.ts';

const BALANCED =
  'tcp      6 431999 ESTABLISHED src=10.0.1.8 dst=10.0.1.5 sport=41234 dport=5432 src=10.0.1.4 dst=10.0.1.6 sport=5432 dport=50001 [ASSURED] mark=0 use=1\n';
const CONNECTION = {
  client: { address: '10.0.1.8', port: 41_234 },
  server: { address: '10.0.1.4', port: 5432 },
};
const SIX = { client: { address: 'fd00::8', port: 1 }, server: { address: 'fd00::4', port: 2 } };

/** What is in the files that are named, as they are when the program runs. */
const readingFiles =
  (fake: FakeRun, read: string[]): Run =>
  (file, args, options) => {
    if (args[0] === '-R') read.push(readFileSync(args[1]!, 'utf8'));
    return fake.run(file, args, options);
  };

describe('connections that conntrack knows', () => {
  it('are read as they were sent and as they are answered', () => {
    assert.deepEqual(parseConnections(`${BALANCED}tcp 6 1 SYN_SENT src=10.0.1.8\nnothing\n`), [
      {
        sent: { client: { address: '10.0.1.8', port: 41_234 }, server: { address: '10.0.1.5', port: 5432 } },
        answered: {
          client: { address: '10.0.1.6', port: 50_001 },
          server: { address: '10.0.1.4', port: 5432 },
        },
      },
    ]);
  });

  it('are told in one go, each once, and none that is known, whichever way round', async () => {
    const fake = new FakeRun();
    fake.answers.set('conntrack -L -p tcp -f ipv4', BALANCED);
    const back = {
      client: { address: '10.0.1.5', port: 5432 },
      server: { address: '10.0.1.8', port: 41_234 },
    };
    const read: string[] = [];
    await trackConnections(hostNamespace(readingFiles(fake, read)), [CONNECTION, back, SIX, CONNECTION]);
    assert.deepEqual(read, [
      '-I -p tcp -s 10.0.1.8 -d 10.0.1.4 --sport 41234 --dport 5432 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 432000\n' +
        '-I -p tcp -s fd00::8 -d fd00::4 --sport 1 --dport 2 --state ESTABLISHED -u SEEN_REPLY,ASSURED -t 432000\n',
    ]);
    const [file = ''] = fake.matching('conntrack -R').map(({ argv }) => argv.slice('conntrack -R '.length));
    assert.equal(existsSync(file), false, 'it is left behind');
  });

  it('are left alone when there is nothing to tell', async () => {
    const fake = new FakeRun();
    await trackConnections(hostNamespace(fake.run), []);
    assert.deepEqual(fake.matching('conntrack -R'), []);
  });
});
