import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decode, encode, type Answer } from 'dns-packet';
import { framed, unframe } from '../../../../../plugin/agent/dns/ask-upstream.ts';
import {
  readQuery,
  readResponse,
  writeQuery,
  writeResponse,
  writeUnreadable,
} from '../../../../../plugin/agent/dns/message.ts';

const QUESTION = { name: 'api.example.com', type: 'A' };

function response(changes: object = {}): Buffer {
  const answers: Answer[] = [{ type: 'A', name: QUESTION.name, ttl: 5, data: '203.0.113.1' }];
  return encode({
    type: 'response',
    id: 7,
    questions: [{ type: 'A', name: QUESTION.name }],
    answers,
    ...changes,
  });
}

describe('A DNS message', () => {
  it('is heard only as the answer to the question, under its id', () => {
    assert.equal(readResponse(response(), 7, QUESTION)?.records.length, 1);
    assert.ok(readResponse(response({ questions: [{ type: 'A', name: 'API.EXAMPLE.com' }] }), 7, QUESTION));
    assert.equal(readResponse(response(), 8, QUESTION), undefined);
    assert.equal(readResponse(response({ type: 'query' }), 7, QUESTION), undefined);
    assert.equal(
      readResponse(response({ questions: [{ type: 'A', name: 'evil.example' }] }), 7, QUESTION),
      undefined,
    );
    assert.equal(
      readResponse(response({ questions: [{ type: 'AAAA', name: QUESTION.name }] }), 7, QUESTION),
      undefined,
    );
    assert.equal(readResponse(response({ questions: [] }), 7, QUESTION), undefined);
  });

  it('that points at itself, is cut short or is nonsense is none', () => {
    const header = Buffer.from('000701000001000000000000', 'hex');
    const itself = Buffer.concat([header, Buffer.from('c00c00010001', 'hex')]);
    const pair = Buffer.concat([header, Buffer.from('c00ec00c00010001', 'hex')]);
    const forward = Buffer.concat([header, Buffer.from('c0ff00010001', 'hex')]);
    for (const message of [
      itself,
      pair,
      forward,
      header.subarray(0, 5),
      Buffer.alloc(0),
      Buffer.alloc(4096, 0xc0),
    ])
      assert.equal(readQuery(message), undefined);
    const many = encode({
      type: 'query',
      id: 1,
      questions: [QUESTION, QUESTION].map(({ name }) => ({ type: 'A', name })),
    });
    assert.equal(readQuery(many), undefined);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const message = Buffer.from(bytes);
        readQuery(message);
        readResponse(message, 0, QUESTION);
        const refusal = writeUnreadable(message);
        assert.ok(refusal === undefined || refusal.length === 12);
      }),
    );
    const whole = response();
    for (let length = 0; length < whole.length; length += 1)
      readResponse(whole.subarray(0, length), 7, QUESTION);
  });

  it('answers in the letters that were asked in, and says by UDP when it is too long', () => {
    const query = readQuery(
      encode({ type: 'query', id: 9, questions: [{ type: 'A', name: 'API.example.com' }] }),
    );
    assert.ok(query);
    assert.deepEqual([query.name, query.written, query.udpSize], ['api.example.com', 'API.example.com', 512]);
    const records = Array.from({ length: 60 }, () => ({
      name: QUESTION.name,
      type: 'A',
      ttl: 1,
      data: '203.0.113.1',
    }));
    const short = decode(writeResponse(query, 'NOERROR', records, 'udp'));
    assert.deepEqual(
      [short.flag_tc, short.answers?.length, short.questions?.[0]?.name],
      [true, 0, 'API.example.com'],
    );
    const long = decode(writeResponse(query, 'NOERROR', records, 'tcp'));
    assert.deepEqual([long.flag_tc, long.answers?.length, long.id], [false, 60, 9]);
  });

  it('comes by TCP in any pieces, and no longer than may be', () => {
    const stream = Buffer.concat([framed(writeQuery(1, QUESTION)), framed(writeQuery(2, QUESTION))]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: stream.length }), (size) => {
        const feed = unframe(4096);
        const heard: Buffer[] = [];
        for (let at = 0; at < stream.length; at += size)
          heard.push(...(feed(stream.subarray(at, at + size)) ?? []));
        assert.deepEqual(
          heard.map((each) => readQuery(each)?.id),
          [1, 2],
        );
      }),
    );
    assert.equal(unframe(100)(Buffer.from([0, 101])), undefined);
  });
});
