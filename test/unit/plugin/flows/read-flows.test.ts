import assert from 'node:assert/strict';
import { toAgentMessage } from '../../../../plugin/controller/message-schema.ts';
import { MAX_FLOWS } from '../../../../plugin/protocol.ts';
import { NO_LOSSES } from '../../../../rules/flows/flow-losses.ts';
import { aFlow } from '../../rules/flows/a-flow.ts';
import { aBatch } from './fake-flows.ts';

const FULL = aFlow({
  staged: 'allowed',
  source: { kind: 'container', address: 'fd00::1', container: 'x', task: 't', stack: 's', service: 's/x' },
  reason: { policy: 'a/b', text: 'because', file: 'compose.yaml', line: 3 },
});

describe('flows that an agent tells', () => {
  it('are read whole', () => {
    const batch = aBatch([FULL, aFlow()]);
    assert.deepEqual(toAgentMessage(JSON.parse(JSON.stringify(batch))), batch);
    const part = { type: 'flow-history', id: 3, flows: [FULL], done: true, error: 'cut' };
    assert.deepEqual(toAgentMessage(part), part);
  });

  it('are read without what is not known of', () => {
    const evil = JSON.parse(
      `{"type":"flows","batch":1,"dropped":0,"extra":1,"losses":${JSON.stringify(NO_LOSSES)},` +
        `"flows":[${JSON.stringify(aFlow()).replace('{', '{"__proto__":{"x":1},"constructor":1,')}]}`,
    ) as unknown;
    assert.deepEqual(toAgentMessage(evil), aBatch([aFlow()]));
  });

  const broken: readonly (readonly [what: string, changes: object])[] = [
    ['a verdict that is none', { verdict: 'toString' }],
    ['an address that is none', { source: { kind: 'world', address: '10.0.0' } }],
    ['an end that is none', { destination: null }],
    ['a kind that is none', { source: { kind: '__proto__', address: '10.0.0.1' } }],
    ['a port out of range', { port: 65_536 }],
    ['half a packet', { packets: 0.5 }],
    ['a time before 1970', { first: -1 }],
    ['a name of a kilometre', { network: 'n'.repeat(301) }],
    ['a protocol with a control character', { protocol: 'tcp\u001b' }],
    ['a name that is a number', { node: 5 }],
    ['a reason that is text', { reason: 'because' }],
    ['a line that is text', { reason: { policy: '', text: '', line: '3' } }],
    ['no direction', { direction: undefined }],
    ['a mode of its own', { mode: 'off' }],
  ];
  for (const [what, changes] of broken)
    it(`are refused with ${what}`, () => {
      const message = { ...aBatch([]), flows: [{ ...aFlow(), ...changes }] };
      assert.throws(() => toAgentMessage(message), { code: 'peer-invalid' });
    });

  it('are refused when the message is none', () => {
    const many = Array.from({ length: MAX_FLOWS + 1 }, () => aFlow());
    for (const message of [
      { ...aBatch([]), flows: {} },
      { ...aBatch([]), batch: '1' },
      { ...aBatch([]), losses: { ...NO_LOSSES, unread: -1 } },
      { ...aBatch([]), losses: undefined },
      aBatch(many),
      { type: 'flow-history', id: 1, flows: [], done: 'yes' },
      { type: 'flow-history', id: 1, flows: [null], done: true },
      { type: 'flow-history', id: 1, flows: [], done: true, error: 'e'.repeat(1_001) },
    ])
      assert.throws(() => toAgentMessage(message), { code: 'peer-invalid' });
  });
});
