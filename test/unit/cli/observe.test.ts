import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FlowLine } from '../../../plugin/api/types.ts';
import type { FlowRecord } from '../../../rules/flows/flow-record.ts';
import { aFlow, serviceEnd } from '../rules/flows/a-flow.ts';
import { cli, type RunOptions } from './fake-io.ts';
import { clock, NOW } from './status-answers.ts';

const WHY = {
  policy: 'voting/db',
  text: 'no ingress rule of voting/db allows voting/attacker',
  file: 'compose.yaml',
  line: 41,
};
const DENIED = aFlow({ last: NOW - 2_000, reason: WHY });
const ALLOWED = aFlow({
  ...{ last: NOW - 1_000, verdict: 'allowed', direction: 'egress', node: 'n2', packets: 20, bytes: 9_000 },
  ...{ source: serviceEnd('voting/api'), connections: 4 },
});

function observe(lines: readonly FlowLine[], argv: readonly string[] = [], options: RunOptions = {}) {
  const asked: string[] = [];
  const readLines = (_: string, path: string) => {
    asked.push(path);
    return Promise.resolve(all(lines));
  };
  const world = { clock, readLines, askedToEnd: () => new Promise<void>(() => undefined) };
  return cli(['observe', ...argv], { ...options, world }).then((ran) => ({ ...ran, asked }));
}

async function* all(lines: readonly FlowLine[]): AsyncGenerator<FlowLine> {
  yield* lines;
}

const parameters = (path = '') => Object.fromEntries(new URLSearchParams(path.split('?')[1]));

describe('swarmwall observe', () => {
  it('shows flows by name, with the sentence that explains', async () => {
    const { exitCode, stdout, stderr } = await observe([DENIED, ALLOWED]);
    const [head = '', first = '', second = '', ...rest] = stdout.split('\n');
    assert.match(head, /^TIME +NODE +VERDICT +FLOW +PACKETS +WHY$/u);
    assert.match(
      first,
      /^\d\d:\d\d:\d\d\.000 {2}node1 {2}denied {3}voting\/attacker → voting\/db:5432\/tcp {2}6 {8}no ingress rule of voting\/db allows voting\/attacker \(compose\.yaml:41\)$/u,
    );
    assert.match(second, / {2}n2 {5}allowed {2}voting\/api → voting\/db:5432\/tcp {7}20$/u);
    assert.deepEqual([exitCode, stderr, rest], [0, '', ['']]);
  });

  it('looks at the last hour, and asks for what was asked for', async () => {
    assert.deepEqual(parameters((await observe([])).asked[0]), {
      since: String(NOW - 3_600_000),
      limit: '100',
    });
    const argv = ['--from', 'voting/web', '--to=db', '--port=80', '--protocol=TCP', '--stack=voting'];
    const more = [
      '--service',
      'voting/db',
      '--node=n1',
      '--since=15m',
      '--until=2023-11-14T22:13:00Z',
      '--limit=5',
    ];
    assert.deepEqual(parameters((await observe([], [...argv, ...more])).asked[0]), {
      ...{ from: 'voting/web', to: 'db', port: '80', protocol: 'tcp', stack: 'voting', service: 'voting/db' },
      ...{ node: 'n1', since: String(NOW - 900_000), until: '1699999980000', limit: '5' },
    });
    const { asked } = await observe([], ['--verdict', 'denied,limited', '--verdict', 'would-deny']);
    assert.deepEqual(new URLSearchParams(asked[0]?.split('?')[1]).getAll('verdict'), [
      'denied',
      'limited',
      'would-deny',
    ]);
  });

  it('names every mistake, and asks nothing', async () => {
    const bad = [
      '--port=70000',
      '--verdict=no',
      '--since=yesterday',
      '--limit=0',
      '--service=db',
      '--protocol=x',
    ];
    const { exitCode, stderr, asked } = await observe([], [...bad, '--from=', '--follow', '--summary']);
    assert.equal(exitCode, 2);
    assert.deepEqual(asked, []);
    for (const word of [
      '70000',
      'no:',
      'yesterday',
      '0: from 1',
      'db:',
      'x:',
      '--from is empty',
      '--summary',
    ])
      assert.ok(stderr.includes(word), word);
    assert.doesNotMatch(stderr, /\ufffd/u);
    assert.equal((await observe([], ['--follow', '--until=1h'])).exitCode, 2);
  });

  it('prints an array, or with --follow a value a line; what is missing on standard error', async () => {
    const lost: FlowLine = { notice: 'lost', count: 3, message: '3 flows\u001b[31m are gone' };
    const array = await observe([lost, DENIED, ALLOWED], ['--json']);
    assert.deepEqual(array.json(), [DENIED, ALLOWED]);
    assert.equal(array.stderr, 'warning: 3 flows\ufffd[31m are gone\n');
    const stream = await observe([DENIED, lost, ALLOWED], ['--json', '--follow']);
    const lines = stream.stdout.trimEnd().split('\n').slice(0, 2);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as FlowRecord),
      [DENIED, ALLOWED],
    );
    assert.deepEqual(parameters(stream.asked[0]), { follow: '1' });
  });

  it('follows until it is ended, and tells when the controller ends first', async () => {
    const ended = await observe([DENIED], ['--follow']);
    assert.equal(ended.exitCode, 2);
    assert.match(ended.stdout, /denied/u);
    assert.match(ended.stderr, /the controller ended/u);
    let end = (): void => undefined;
    const ran = await cli(['observe', '--follow', '--since', '5m'], {
      world: {
        clock,
        askedToEnd: () =>
          new Promise((resolve) => {
            end = resolve;
          }),
        readLines: (_, path, signal) => {
          assert.deepEqual(parameters(path), { since: String(NOW - 300_000), follow: '1' });
          return Promise.resolve(untilAborted(signal, () => end()));
        },
      },
    });
    assert.equal(ran.exitCode, 0);
    assert.match(ran.stdout, /attacker/u);
  });

  async function* untilAborted(signal: AbortSignal, end: () => void): AsyncGenerator<FlowLine> {
    yield DENIED;
    end();
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
    });
  }

  it('sums up, what was refused first', async () => {
    const { stdout, asked } = await observe([ALLOWED, DENIED, ALLOWED], ['--summary']);
    const [head = '', first = '', second = '', , total = ''] = stdout.split('\n');
    assert.match(head, /^VERDICT +FLOW +CONNECTIONS +PACKETS +BYTES +LAST +NODES +WHY$/u);
    assert.match(
      first,
      /^denied +voting\/attacker → voting\/db:5432\/tcp +2 +6 +360 +2s ago +node1 +no ingress .*\(compose\.yaml:41\)$/u,
    );
    assert.match(second, /^allowed +voting\/api → voting\/db:5432\/tcp +8 +40 +18000 +1s ago +n2$/u);
    assert.equal(total, '1 flow allowed (8 connections), 1 flow denied (2 connections)');
    assert.equal(parameters(asked[0])['limit'], '50000');
    const json = await observe([ALLOWED, DENIED], ['--summary', '--json']);
    assert.equal(json.json<unknown[]>().length, 2);
  });

  it('colours verdicts on a terminal only', async () => {
    const { stdout } = await observe([DENIED, ALLOWED], [], { tty: true });
    assert.match(stdout, /\u001b\[31m\u001b\[1mdenied/u);
    assert.match(stdout, /\u001b\[32mallowed/u);
    assert.ok(!(await observe([DENIED])).stdout.includes('\u001b'));
  });

  it('shows hostile names as text, and no longer than a line', async () => {
    const evil = '\u001b[2J\u0007\n\u202e\t';
    const source = { ...serviceEnd('x/y'), service: `evil/${evil}${'z'.repeat(5_000)}` };
    const flow = { ...DENIED, source, node: evil, reason: { policy: '', text: evil, file: evil, line: 1 } };
    for (const argv of [[], ['--summary'], ['--follow']]) {
      const { stdout } = await observe([flow], argv, { tty: false });

      assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u202e]/u, argv.join());
      const lines = stdout.trimEnd().split('\n');
      assert.ok(lines.length <= 4 && lines.every((line) => line.length < 1_000), argv.join());
    }
  });

  it('shows the staged verdict where it differs', async () => {
    const staged = [
      { ...ALLOWED, staged: 'denied' as const },
      { ...DENIED, staged: 'denied' as const },
    ];
    const { stdout } = await observe(staged);
    assert.match(stdout, /allowed, staged denied/u);
    assert.match(stdout, /denied {18}voting\/attacker/u);
  });

  it('says when there is nothing, more than shown, or no controller', async () => {
    assert.equal((await observe([])).stdout, 'no flows\n');
    assert.equal((await observe([], ['--summary'])).stdout, 'no flows\n');
    assert.equal((await observe([], ['--json'])).stdout, '[]\n');
    assert.match((await observe([DENIED], ['--limit', '1'])).stderr, /^the newest 1: --limit/u);
    const none = await cli(['observe'], { world: { readLines: () => Promise.resolve(undefined) } });
    assert.deepEqual([none.exitCode, none.stdout], [2, '']);
    assert.match(none.stderr, /neither a controller nor an agent runs on this node/u);
  });

  it('shows what this node alone tells where no controller runs, and says so', async () => {
    const readLines = (api: string) => Promise.resolve(api === 'agent' ? all([DENIED]) : undefined);
    const { exitCode, stdout, stderr } = await cli(['observe', '--json'], { world: { clock, readLines } });
    assert.deepEqual([exitCode, JSON.parse(stdout)], [0, [DENIED]]);
    assert.equal(stderr, 'of this node alone, as no controller runs here\n');
  });
});
