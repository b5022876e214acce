import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { createEvaluator, type EvaluatorInput, type Place } from '../../../../rules/evaluator.ts';
import { HIGHEST_PORT, ownCluster, SERVICES, STACKS } from '../policy-arbitrary.ts';
import { applied, flow, MINUTE, read, START, suggest, type Talk, traffic } from './observed.ts';

const TEXT = `services:
  a: { image: a } # first
  b:
    image: b
    deploy: { labels: { tier: back } }
  c:
    image: c
    deploy:
      labels:
        - tier=back
`;
const TEXTS = Object.fromEntries(STACKS.map((stack) => [stack, TEXT]));
const PORTS = [1, 2, HIGHEST_PORT, HIGHEST_PORT + 2];
const PLACES: readonly Place[] = [
  ...SERVICES.map((service) => ({ service })),
  { address: '198.51.100.1' },
  { address: '203.0.113.9' },
];
const TALKS: readonly Talk[] = PLACES.flatMap((from) =>
  PLACES.filter((to) => 'service' in from || 'service' in to).flatMap((to) =>
    (['tcp', 'udp'] as const).flatMap((protocol) => PORTS.map((port) => ({ from, to, protocol, port }))),
  ),
);

const textOf = (talk: Talk) => JSON.stringify(talk);

/** What the whole policy allows, audit or not. */
function allowed(cluster: EvaluatorInput): Talk[] {
  const { judge } = createEvaluator(cluster);
  return TALKS.filter((talk) => {
    const verdict = judge({ ...talk, protocol: talk.protocol === 'udp' ? 'udp' : 'tcp' });
    return verdict.allowed && !verdict.wouldDeny;
  });
}

/** Of each hundred, some: which ones is the seed's to say. */
function drawn(talks: readonly Talk[], seed: number, percent: number): Talk[] {
  let state = seed;
  return talks.filter(() => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % 100 < percent;
  });
}

const seed = fc.integer({ min: 1, max: 0x7fffffff });

describe('a suggested policy', () => {
  it('allows each flow that was seen, and nothing else', () => {
    fc.assert(
      fc.property(ownCluster, seed, (cluster, chance) => {
        const seen = drawn(allowed(cluster), chance, 20);
        const texts = applied(
          TEXTS,
          suggest(
            TEXTS,
            seen.flatMap((talk) => traffic(talk)),
          ),
        );
        assert.deepEqual(allowed(read(texts).cluster).map(textOf), seen.map(textOf));
      }),
      { numRuns: 15 },
    );
  });

  it('adds to what is allowed already, and takes nothing away', () => {
    fc.assert(
      fc.property(ownCluster, seed, seed, (cluster, one, other) => {
        const all = allowed(cluster);
        const [before, later] = [drawn(all, one, 10), drawn(all, other, 10)];
        const first = applied(
          TEXTS,
          suggest(
            TEXTS,
            before.flatMap((talk) => traffic(talk)),
          ),
        );
        const second = applied(
          first,
          suggest(
            first,
            later.flatMap((talk) => traffic(talk)),
          ),
        );
        const either = new Set([...before, ...later].map(textOf));
        assert.deepEqual(
          allowed(read(second).cluster).map(textOf),
          TALKS.map(textOf).filter((text) => either.has(text)),
        );
        const again = suggest(
          second,
          [...before, ...later].flatMap((talk) => traffic(talk)),
        );
        assert.deepEqual(again.sides, []);
      }),
      { numRuns: 8 },
    );
  });

  it('is the same while one of the services scans all the others, whenever that is', () => {
    fc.assert(
      fc.property(ownCluster, seed, fc.integer({ min: 0, max: 20 }), (cluster, chance, minute) => {
        const seen = drawn(allowed(cluster), chance, 10);
        const records = seen.flatMap((talk) => traffic(talk));
        const scan = TALKS.filter(({ from }) => 'service' in from && from.service === 'u/c').map((talk) =>
          flow(talk, { first: START + minute * MINUTE, packets: 2, bytes: 100 }),
        );
        assert.deepEqual(
          applied(TEXTS, suggest(TEXTS, [...scan, ...records, ...scan])),
          applied(TEXTS, suggest(TEXTS, records)),
        );
      }),
      { numRuns: 8 },
    );
  });

  it('does not depend on the order of the records', () => {
    const talks = drawn(TALKS, 7, 5).flatMap((talk) => traffic(talk));
    const texts = applied(TEXTS, suggest(TEXTS, talks));
    assert.deepEqual(applied(TEXTS, suggest(TEXTS, talks.toReversed())), texts);
  });
});
