import { parseArgs } from 'node:util';
import { openSwarm } from '../lab/open-lab.ts';
import { runFuzz } from './run-fuzz.ts';

/** `npm run fuzz:authz -- [--bodies 20000] [--seed 1]`, on the engine that LAB_ENGINE names; needs root. */
const { values } = parseArgs({
  options: { bodies: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});

const lab = await openSwarm({
  prefix: `fuzz-${process.pid}`,
  say: (text) => void process.stderr.write(`lab: ${text}\n`),
});
try {
  const report = await runFuzz({
    socketPath: lab.manager.socketPath,
    bodies: Number(values.bodies),
    seed: Number(values.seed),
    say: ({ made, escapes }, done) =>
      void process.stderr.write(
        `${done} sent, ${made} made, ${escapes.length} escapes ${JSON.stringify(escapes.at(-1) ?? '')}\n`,
      ),
  });
  process.stdout.write(`${JSON.stringify({ engine: lab.engine, ...report }, null, 2)}\n`);
  if (report.escapes.length > 0) process.exitCode = 1;
} finally {
  await lab.destroy();
}
process.exit();
