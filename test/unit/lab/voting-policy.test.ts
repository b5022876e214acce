import assert from 'node:assert/strict';
import { expectByPolicy } from '../../lab/demo/expect-by-policy.ts';
import type { Path } from '../../lab/demo/probe-matrix.ts';
import { readStacks } from '../../lab/demo/voting-stacks.ts';

/** Written by hand from the picture at the top of examples/voting/compose.yaml; the engine must agree. */
const ALLOWED = [
  'outside → voting/vote:80/tcp',
  'outside → voting/result:80/tcp',
  'voting/vote → voting/api:3000/tcp',
  'voting/result → voting/api:3000/tcp',
  'voting/api → voting/queue:6379/tcp',
  'voting/api → voting/db:5432/tcp',
  'voting/worker → voting/queue:6379/tcp',
  'voting/worker → voting/db:5432/tcp',
  'voting/vote → monitoring/statsd:8125/udp',
  'voting/api → monitoring/statsd:8125/udp',
  'voting/worker → monitoring/statsd:8125/udp',
  'monitoring/prometheus → voting/vote:9100/tcp',
  'monitoring/prometheus → voting/api:9100/tcp',
  'monitoring/prometheus → voting/worker:9100/tcp',
  'monitoring/prometheus → monitoring/statsd:9102/tcp',
  // Nobody guards the attacker from itself.
  'attacker/attacker → attacker/attacker:4444/tcp',
  'attacker/attacker → attacker/attacker:4444/udp',
].sort();

describe('the policy of examples/voting', () => {
  it('allows these connections and no other', () => {
    const stacks = readStacks();
    const services = stacks.flatMap((stack) => stack.services);
    const expect = expectByPolicy(stacks, ['198.51.100.11', '198.51.100.12'], '198.51.100.200');
    const allowed: string[] = [];
    for (const from of ['outside', ...services.map(({ key }) => key)])
      for (const { key: to, listeners, published } of services)
        for (const { protocol, port } of listeners) {
          if (from === 'outside' && !published.some(({ target }) => target === port)) continue;
          const path = { from, to, protocol, port, targetPort: port } as Path;
          if (expect(path) === 'allowed') allowed.push(`${from} → ${to}:${port}/${protocol}`);
        }
    assert.deepEqual(allowed.sort(), ALLOWED);
  });
});
