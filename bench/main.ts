import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { benchAuthz } from './authz.ts';
import { benchConnectivity } from './connectivity.ts';
import { benchCalculator } from './calculator.ts';
import { benchNetwork, FULL, QUICK, type NetworkReport } from './network/bench-network.ts';

/**
 * `npm run bench -- [--json] [--quick]`: needs root, for its network namespaces and its engine.
 * `npm run bench -- guard|convergence|agents|flows|observe`: that alone, as each takes its minutes.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
});
const progress = (what: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
};

const [alone] = positionals;
if (alone !== undefined) {
  const { ALONE } = await import('./alone.ts');
  const bench = ALONE.get(alone);
  if (bench === undefined) {
    process.stderr.write(`No bench of its own: ${alone}. There are ${[...ALONE.keys()].join(', ')}.\n`);
    process.exit(2);
  }
  const { report, held } = await bench(values.quick, progress);
  progress('');
  process.stdout.write(`${values.json ? JSON.stringify({ [alone]: report }) : reportTable(alone, report)}\n`);
  process.exit(held ? 0 : 1);
}

progress('calculator');
const calculator = await benchCalculator();
progress('connectivity');
const connectivity = await benchConnectivity();
const authz = await benchAuthz(progress);
const network = await benchNetwork(values.quick ? QUICK : FULL, progress);
progress('');

const largest = network.rows.at(-1);
const bars = [
  { bar: 'connect latency, most entries, to no rules', limit: 1.35, measured: largest?.connectRatio ?? NaN },
  { bar: 'one endpoint, event to kernel, ms', limit: 15, measured: network.changeMs },
  { bar: 'calculator, whole, ms', limit: 3000, measured: calculator.wholeMs },
  { bar: 'calculator, peak memory, MiB', limit: 1024, measured: calculator.rssMiB },
  { bar: 'calculator, one endpoint, ms', limit: 10, measured: calculator.endpointChangeMs },
  { bar: 'calculator, one policy, ms', limit: 10, measured: calculator.policyChangeMs },
  { bar: 'connectivity, ms', limit: 5000, measured: connectivity.wholeMs },
  { bar: 'connectivity, peak memory, MiB', limit: 1024, measured: connectivity.wholeRssMiB },
  { bar: 'authorization, added to _ping, ms', limit: 1, measured: authz.pingAddedMs },
  { bar: 'authorization, added to containers/json, ms', limit: 1, measured: authz.containersAddedMs },
  { bar: 'authorization, errors of 10 clients', limit: 0, measured: authz.errors },
].map((bar) => ({ ...bar, held: bar.measured <= bar.limit }));

if (values.json)
  process.stdout.write(`${JSON.stringify({ network, calculator, connectivity, authz, bars })}\n`);
else
  process.stdout.write(
    [
      networkTable(network),
      reportTable('calculator', calculator),
      reportTable('connectivity', connectivity),
      reportTable('authorization', authz),
      barTable(),
    ].join('\n\n') + '\n',
  );
if (bars.some(({ held }) => !held)) process.exitCode = 1;

function networkTable({ rows, changeMs, changeWorstMs }: NetworkReport): string {
  const table = plainTable([
    'one bridge',
    'load ms',
    'connect µs',
    'ratio',
    'UDP round trip µs',
    'ratio',
    'Mbit/s',
    'ratio',
  ]);
  for (const row of rows)
    table.push([
      row.name,
      row.loadMs,
      row.connectUs,
      row.connectRatio,
      row.udpUs,
      row.udpRatio,
      row.throughputMbit,
      row.throughputRatio,
    ]);
  return `${table.toString()}\none endpoint at the most entries: median ${changeMs} ms, worst ${changeWorstMs} ms`;
}

function reportTable(name: string, report: object): string {
  const table = plainTable([name, '']);
  for (const [what, value] of Object.entries(report) as [string, unknown][])
    table.push([what, String(value)]);
  return table.toString();
}

function barTable(): string {
  const table = plainTable(['bar', 'at most', 'measured', '']);
  for (const { bar, limit, measured, held } of bars)
    table.push([bar, limit, measured, held ? 'held' : 'MISSED']);
  return table.toString();
}

/** No colour: the library writes it even into a pipe. */
function plainTable(head: readonly string[]): Table.Table {
  return new Table({ head: [...head], style: { head: [], border: [] } });
}
