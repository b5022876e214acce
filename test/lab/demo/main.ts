import { parseArgs } from 'node:util';
import { FULL_KERNEL } from '../full-kernel.ts';
import type { Lab } from '../lab.ts';
import { openSwarm } from '../open-lab.ts';
import { waitRunning } from '../tasks.ts';
import { runInMachine } from '../vm/run-in-machine.ts';
import { virtualAddresses } from '../virtual-addresses.ts';
import { describeCell, mismatched, tally, type Cell } from './cell.ts';
import { colorsFor } from './colors.ts';
import { deployFlat } from './deploy-flat.ts';
import { BALANCED, allPaths, probePaths, type Expect } from './probe-matrix.ts';
import { printLegend, printMatrix } from './print-matrix.ts';
import { deployRules, deploySegments, startAsPlugin, startSwarmwall } from './enforce.ts';
import { expectByPolicy } from './expect-by-policy.ts';
import { readStacks, type DemoStack } from './voting-stacks.ts';

const USAGE = `A two-node Docker Swarm goes from a flat network to an enforced allowlist, judged by packets.

  npm run demo [-- --plugin] [--flat] [--keep] [--json]
  LAB=vm npm run demo [-- --flat] [--json]

  LAB=vm   in a virtual machine, on a kernel that has IPVS and ESP: virtual IPs, routing mesh, encrypted networks
  --plugin as Docker's managed plugin, installed from a registry, with authorization on; else as plain processes
  --flat   no segments: only the one flat network, before and after
  --keep   leave the Swarm up, and say how to look around
  --json   one object on standard output, progress on standard error
`;

const started = Date.now();
const seconds = (): number => Math.round((Date.now() - started) / 100) / 10;
const say = (text: string): void =>
  void process.stderr.write(`${seconds().toFixed(1).padStart(6)}s  ${text}\n`);

interface Phases {
  readonly before: readonly Cell[];
  readonly after: readonly Cell[];
  /** Empty with `--flat`. */
  readonly segmented: readonly Cell[];
}

async function probeStep(
  lab: Lab,
  stacks: readonly DemoStack[],
  what: string,
  expect: Expect,
): Promise<readonly Cell[]> {
  const services = stacks.flatMap((stack) => stack.services);
  const tasks = await waitRunning(
    lab,
    services.map((service) => service.swarmName),
  );
  const paths = allPaths(lab, services, tasks, await virtualAddresses(lab));
  say(`${what}: probing ${paths.length} paths from ${tasks.length} tasks on ${lab.nodes.length} nodes`);
  let told = Date.now();
  return probePaths(paths, expect, {
    done: (done, all) => {
      if (Date.now() - told < 5_000) return;
      told = Date.now();
      say(`  ${done} of ${all}`);
    },
    late: ({ from, fromNode, to, toNode, port, protocol }, tries) => {
      say(
        `  ${from} on ${fromNode} → ${to} on ${toNode}, ${port}/${protocol}: answered only at try ${tries}`,
      );
    },
  });
}

interface Play {
  readonly plugin: boolean;
  readonly flat: boolean;
}

async function play(lab: Lab, { plugin, flat }: Play): Promise<Phases> {
  const stacks = readStacks();
  const policy = expectByPolicy(
    stacks,
    lab.nodes.map((node) => node.address),
    lab.outside.addresses[0]!,
  );
  say(
    'deploying the stacks on one flat overlay network, without Swarmwall' +
      (FULL_KERNEL ? '' : '; for the lab, on any kernel:'),
  );
  await deployFlat(lab, stacks, say);
  const before = await probeStep(lab, stacks, 'before', () => 'allowed');

  say('starting swarmwall on every node, and deploying the policies on the same flat network');
  if (plugin) await startAsPlugin(lab, say);
  else await startSwarmwall(lab);
  await deployRules(lab, stacks, say);
  const after = await probeStep(lab, stacks, 'after', policy);

  if (flat) return { before, after, segmented: [] };
  say('removing both stacks, and deploying them in segments: a network only where a policy lets talk');
  await deploySegments(lab, stacks, say);
  const segmented = await probeStep(lab, stacks, 'segmented', policy);
  return { before, after, segmented };
}

function report({ before, after, segmented }: Phases): void {
  const colors = colorsFor(process.stdout);
  const show = (title: string, cells: readonly Cell[]): void => {
    console.log(`\n${colors.bold(title)}\n${printMatrix(cells, colors)}`);
    for (const cell of cells.filter(mismatched)) console.log(colors.red(describeCell(cell)));
  };
  show('Before: one flat network, no Swarmwall', before);
  show('After: the same network, rules in every overlay namespace', after);
  if (segmented.length > 0) show('Segmented: rules, and networks cut to the policies', segmented);
  console.log(
    `\n${printLegend(
      colors,
      before.some(({ toNode }) => toNode === BALANCED),
    )}`,
  );
}

/** Minutes of emulation, where a real machine takes one and a half. */
const MACHINE_LIMIT = 20 * 60_000;

function playInMachine(options: readonly string[]): Promise<number> {
  const program = 'test/lab/demo/main.ts';
  return runInMachine({
    programs: [program],
    argv: ['node', program.replace(/ts$/, 'mjs'), ...options],
    timeout: MACHINE_LIMIT,
    stdout: (chunk) => void process.stdout.write(chunk),
    stderr: (chunk) => void process.stderr.write(chunk),
    say,
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      plugin: { type: 'boolean', default: false },
      flat: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (process.env['LAB'] === 'vm' && !FULL_KERNEL) {
    if (values.plugin || values.keep) {
      process.stderr.write(
        `LAB=vm takes neither --plugin nor --keep: nothing can be installed in that machine, and nothing of it stays.\n`,
      );
      return 2;
    }
    return playInMachine(
      (['flat', 'json'] as const).filter((name) => values[name]).map((name) => `--${name}`),
    );
  }
  say('making two nodes');
  const lab = await openSwarm({ prefix: values.plugin ? 'demo-plugin' : 'demo', say });
  try {
    const phases = await play(lab, values);
    const after = tally([...phases.after, ...phases.segmented]);
    const wasFlat = tally(phases.before).mismatches === 0;
    if (!values.json) report(phases);
    if (!wasFlat) say('before enforcement the network was not flat: what came after proves nothing');
    for (const cell of [...phases.after, ...phases.segmented].filter(mismatched)) say(describeCell(cell));
    say(`${after.mismatches} mismatches: ${after.leaked} leaked, ${after.broken} broken`);
    if (values.json) {
      const { before } = phases;
      const nodes = lab.nodes.map((node) => node.name);
      const result = { engine: lab.engine, nodes, before, after: phases.after, ...after, seconds: seconds() };
      process.stdout.write(`${JSON.stringify(result)}\n`);
    }
    return wasFlat && after.mismatches === 0 ? 0 : 1;
  } finally {
    if (values.keep) keep(lab);
    else await lab.destroy();
  }
}

function keep(lab: Lab): void {
  lab.keep();
  const exec = `npm run lab -- exec --name ${lab.prefix}`;
  say(`kept. Look around, then remove it:
  ${exec} node1 docker service ls
  ${exec} node1 swarmwall status
  ${exec} node1 swarmwall can attacker/attacker voting/db:5432
  ${exec} node2            (a shell on the node)
  npm run lab -- down --name ${lab.prefix}
  logs: ${lab.folder}`);
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
