import assert from 'node:assert/strict';
import { readStartQuestion } from '../../../../../plugin/agent/starts/start-question.ts';

const ID = 'ab12'.repeat(16);
const read = (...lines: readonly string[]) => readStartQuestion([...lines, 'end', ''].join('\n'));

describe('what the guard runtime asks', () => {
  it('is a container and its interfaces, as the kernel has them', () => {
    assert.deepEqual(
      read(
        `start 1 ${ID}`,
        'overlay 1-cbqfca8or2 veth7 02:42:0a:00:01:05 10.0.1.5',
        'host - veth9 02:42:ac:12:00:03 172.18.0.3,172.18.0.4',
        'other - - 02:42:ac:12:00:03 -',
      ),
      {
        container: ID,
        interfaces: [
          {
            kind: 'overlay',
            file: '1-cbqfca8or2',
            port: 'veth7',
            mac: '02:42:0a:00:01:05',
            addresses: ['10.0.1.5'],
          },
          {
            kind: 'host',
            port: 'veth9',
            mac: '02:42:ac:12:00:03',
            addresses: ['172.18.0.3', '172.18.0.4'],
          },
          { kind: 'other', mac: '02:42:ac:12:00:03', addresses: [] },
        ],
      },
    );
    assert.deepEqual(read(`start 1 ${ID}`), { container: ID, interfaces: [] });
  });

  it('is nothing else', () => {
    const fine = 'overlay 1-cbqfca8or2 veth7 02:42:0a:00:01:05 10.0.1.5';
    for (const lines of [
      [],
      [`start 2 ${ID}`],
      ['start 1 ../x'],
      ['start 1 '],
      [`start 1 ${ID} x`],
      [`start 1 ${ID}`, 'overlay - veth7 02:42:0a:00:01:05 10.0.1.5'],
      [`start 1 ${ID}`, 'overlay ../x veth7 02:42:0a:00:01:05 10.0.1.5'],
      [`start 1 ${ID}`, 'bridge - veth7 02:42:0a:00:01:05 10.0.1.5'],
      [`start 1 ${ID}`, 'host - veth7 02:42:0a:00:01 10.0.1.5'],
      [`start 1 ${ID}`, 'host - veth7 02:42:0a:00:01:05 '],
      [`start 1 ${ID}`, fine, ''],
      [fine],
    ])
      assert.equal(read(...lines), undefined, lines.join(' | '));
    assert.equal(readStartQuestion(`start 1 ${ID}\nend`), undefined);
    assert.equal(readStartQuestion(''), undefined);
  });
});
