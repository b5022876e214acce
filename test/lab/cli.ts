import { parseArgs } from 'node:util';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createLab } from './lab.ts';
import { LabNode } from './node.ts';
import { isAlive } from './process-id.ts';
import { LAB_ENVIRONMENT, LabError } from './process.ts';
import { removeDeadLabs, removeLab } from './remove-lab.ts';
import { labFolder, listPrefixes, readRecord } from './state.ts';

const USAGE = `A Swarm of real Docker engines on this machine.

  npm run lab -- up [--nodes 2] [--managers 1] [--engine 28.5] [--name dev]
  npm run lab -- exec [--name dev] node1 docker node ls
  npm run lab -- status
  npm run lab -- down [--name dev]

Engines: 20.10, 26.1, 28.5 (LAB_ENGINE, or --engine).
`;

const say = (text: string): void => void process.stderr.write(`lab: ${text}\n`);

async function up(
  prefix: string,
  nodes: number,
  managers: number,
  engine: string | undefined,
): Promise<number> {
  const lab = await createLab({
    prefix,
    nodes,
    keep: true,
    say,
    ...(engine === undefined ? {} : { engine }),
  });
  await lab.swarm({ managers });
  lab.keep();
  say(`up: ${lab.nodes.map((node) => `${node.name} (${node.address})`).join(', ')}, engine ${lab.engine}`);
  say(`npm run lab -- exec --name ${prefix} node1 docker node ls`);
  return 0;
}

/** Keeps the terminal: a shell on a node is what it is for. */
function exec(prefix: string, name: string | undefined, command: readonly string[]): number {
  const record = readRecord(prefix);
  const found = record?.nodes.find((node) => node.name === name);
  if (record === undefined || found === undefined || !isAlive(found.init))
    throw new LabError('unknown-node', `Lab ${prefix} has no node ${name ?? '?'} up.`);
  const node = LabNode.adopt(found, join(labFolder(prefix), found.name), record.cgroup);
  const [file = 'bash', ...args] = command;
  const env = { ...LAB_ENVIRONMENT, TERM: process.env['TERM'] ?? 'dumb' };
  return spawnSync('nsenter', node.argv(file, args), { stdio: 'inherit', env }).status ?? 1;
}

function status(): number {
  for (const prefix of listPrefixes()) {
    const record = readRecord(prefix);
    const alive = record?.init !== undefined && isAlive(record.init);
    const nodes = record?.nodes.map((node) => `${node.name} ${node.address}`).join(', ') ?? '';
    console.log(`${prefix}\t${alive ? 'up' : 'dead'}\t${record?.engine ?? '?'}\t${nodes}`);
  }
  return 0;
}

async function main(argv: readonly string[]): Promise<number> {
  // What follows the node's name belongs to the command: only what stands before it is ours.
  const [verb = 'help', ...rest] = argv;
  const cut =
    verb === 'exec' ? rest.findIndex((word, at) => !word.startsWith('-') && rest[at - 1] !== '--name') : -1;
  const own = cut < 0 ? rest : rest.slice(0, cut);
  const { values } = parseArgs({
    args: [...own],
    options: {
      nodes: { type: 'string', default: '2' },
      managers: { type: 'string', default: '1' },
      engine: { type: 'string' },
      name: { type: 'string', default: 'dev' },
    },
  });
  switch (verb) {
    case 'up':
      return up(values.name, Number(values.nodes), Number(values.managers), values.engine);
    case 'exec':
      return exec(values.name, cut < 0 ? undefined : rest[cut], cut < 0 ? [] : rest.slice(cut + 1));
    case 'status':
      return status();
    case 'down':
      await removeLab(values.name);
      await removeDeadLabs();
      return 0;
    default:
      process.stderr.write(USAGE);
      return verb === 'help' || verb === '--help' ? 0 : 2;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
