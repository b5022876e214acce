import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { Fault } from '../../../../plugin/fault.ts';
import { jsonLines } from '../../../../plugin/tls/json-lines.ts';

/** A stream whose other end takes nothing. */
class Deaf extends Duplex {
  override _read(): void {
    // Fed by `push`.
  }
  override _write(): void {
    // Never done.
  }
}

const setUp = (onMessage: (message: unknown) => void = () => undefined) => {
  const stream = new Deaf();
  const ends: Fault[] = [];
  const got: unknown[] = [];
  const lines = jsonLines(stream, {
    maxLineBytes: 64,
    maxQueuedBytes: 1_000,
    onMessage: (message) => {
      got.push(message);
      onMessage(message);
    },
    onEnd: (fault) => ends.push(fault),
  });
  const feed = async (...chunks: readonly string[]): Promise<void> => {
    for (const chunk of chunks) stream.push(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { stream, ends, got, lines, feed };
};

describe('JSON lines', () => {
  it('are put together from any pieces, several in one too', async () => {
    const { got, feed, ends } = setUp();
    await feed('{"a"', ':1}\n{"a":2}\n\n{"a"', ':"é"}\n');
    assert.deepEqual(got, [{ a: 1 }, { a: 2 }, { a: 'é' }]);
    assert.deepEqual(ends, []);
  });

  it('end with one that is too long, before it is whole', async () => {
    const { got, feed, ends, stream } = setUp();
    await feed('x'.repeat(40), 'x'.repeat(40));
    assert.deepEqual(got, []);
    assert.equal(ends[0]?.code, 'peer-invalid');
    assert.ok(stream.destroyed);
  });

  it('end with one that is not JSON, and with one that the reader refuses', async () => {
    const bad = setUp();
    await bad.feed('{"a":1}\n{no}\n{"a":2}\n');
    assert.deepEqual(bad.got, [{ a: 1 }]);
    assert.equal(bad.ends[0]?.code, 'peer-invalid');
    const refused = setUp(() => {
      throw new Fault('peer-refused', 'no');
    });
    await refused.feed('1\n2\n');
    assert.deepEqual(refused.got, [1]);
    assert.deepEqual(
      refused.ends.map(({ code }) => code),
      ['peer-refused'],
    );
  });

  it('end with a peer that does not take what it is sent', () => {
    const { lines, ends } = setUp();
    for (let message = 0; message < 100; message += 1) lines.send({ text: 'x'.repeat(20) });
    assert.deepEqual(
      ends.map(({ code }) => code),
      ['peer-slow'],
    );
  });

  it('end once', async () => {
    const { stream, ends, lines } = setUp();
    stream.destroy(new Error('gone'));
    await new Promise((resolve) => setImmediate(resolve));
    lines.close(new Fault('internal', 'again'));
    assert.deepEqual(
      ends.map(({ code }) => code),
      ['peer-lost'],
    );
  });
});
