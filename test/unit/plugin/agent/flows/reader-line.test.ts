import assert from 'node:assert/strict';
import { parseReaderLine } from '../../../../../plugin/agent/flows/reader-line.ts';

describe('a line of the flow reader', () => {
  it('is a flow, or ends of connections, with all that it says', () => {
    const flow = {
      ...{ watch: 3, verdict: 'denied', way: 'leaves', source: '10.0.0.2', destination: '10.0.0.3' },
      ...{ protocol: 6, port: 5432, count: 2, packets: 2, bytes: 120, first: 1_000, last: 1_050 },
    };
    const rest = '10.0.0.2 10.0.0.3 6 5432 2 2 120 1000 1050';
    assert.deepEqual(parseReaderLine(`flow 3 d > ${rest}`), { kind: 'flow', ...flow });
    const ended = { kind: 'end', ...flow, verdict: 'allowed', way: 'stays' };
    assert.deepEqual(parseReaderLine(`end 3 a = ${rest}`), ended);
    assert.equal(parseReaderLine('flow 1 w < fd88::1 fd88::2 17 53 1 1 80 1 1')?.kind, 'flow');
  });

  it('is which protocol it speaks, and its version', () => {
    const hello = { kind: 'hello', protocol: 12, version: '0.1.0-rc.1+b' };
    assert.deepEqual(parseReaderLine('hello 12 0.1.0-rc.1+b'), hello);
  });

  it('is what was lost, and whether a namespace is read', () => {
    assert.deepEqual(parseReaderLine('unread 1 d 4000'), {
      ...{ kind: 'unread', watch: 1, verdict: 'denied', count: 4_000 },
    });
    assert.deepEqual(parseReaderLine('crowded 1 l 7'), {
      ...{ kind: 'crowded', watch: 1, verdict: 'limited', count: 7 },
    });
    assert.deepEqual(parseReaderLine('ends 0 - 2'), { kind: 'ends', watch: 0, count: 2 });
    assert.deepEqual(parseReaderLine('open 5'), { kind: 'open', watch: 5 });
    assert.deepEqual(parseReaderLine('synced 12'), { kind: 'synced', question: 12 });
    assert.deepEqual(parseReaderLine('failed 5 No such file or directory'), {
      ...{ kind: 'failed', watch: 5, why: 'No such file or directory' },
    });
  });

  const bad = [
    '',
    'flow',
    'flow x d > 10.0.0.2 10.0.0.3 6 80 1 1 60 1 1',
    'flow 1 q > 10.0.0.2 10.0.0.3 6 80 1 1 60 1 1',
    'flow 1 d ? 10.0.0.2 10.0.0.3 6 80 1 1 60 1 1',
    'flow 1 d > nobody 10.0.0.3 6 80 1 1 60 1 1',
    'flow 1 d > 10.0.0.2 10.0.0.3 6 80 1 1 60 1',
    'unread 1 d many',
    'unread 1 __proto__ 1',
    'gone 1 d 1',
    'hello',
    'hello 1',
    'hello one 0.1.0',
    'hello 1 0.1.0 more',
    'hello 1 \u001b[31m',
  ];
  for (const line of bad)
    it(`is not ${JSON.stringify(line)}`, () => {
      assert.equal(parseReaderLine(line), undefined);
    });
});
