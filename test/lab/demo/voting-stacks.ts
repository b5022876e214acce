import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseDocument } from 'yaml';
import { buildModel, loadCompose, type Diagnostic } from '../../../compose-ext/index.ts';
import { clusterFromModel } from '../../../rules/cluster-from-model.ts';
import { createEvaluator, type Evaluator } from '../../../rules/evaluator.ts';
import { adaptCompose, attachFlat, placeEverywhere } from '../adapt-compose.ts';
import { LabError } from '../process.ts';

const EXAMPLES = join(dirname(dirname(dirname(import.meta.dirname))), 'examples', 'voting');

export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

export interface DemoService {
  /** `voting/api`: as policies name it. */
  readonly key: string;
  /** `voting_api`: as Swarm names it. */
  readonly swarmName: string;
  /** What its stand-in really listens on. */
  readonly listeners: readonly Listener[];
  readonly published: readonly { readonly port: number; readonly target: number }[];
}

export interface DemoStack {
  readonly name: string;
  /** As in examples/, untouched: what the expectations come from. */
  readonly source: string;
  readonly file: string;
  readonly annotated: boolean;
  readonly services: readonly DemoService[];
}

export const DEMO_STACKS = ['voting', 'monitoring', 'attacker'] as const;
const FILES = { voting: 'compose.yaml', monitoring: 'monitoring.yaml', attacker: 'attacker.yaml' } as const;

interface ComposeText {
  readonly services: Readonly<
    Record<string, { readonly command: readonly string[]; readonly ports?: readonly string[] }>
  >;
}

export function readStacks(): readonly DemoStack[] {
  return DEMO_STACKS.map((name) => {
    const file = join(EXAMPLES, FILES[name]);
    const source = readFileSync(file, 'utf8');
    const { services } = parseDocument(source).toJS() as ComposeText;
    return {
      ...{ name, source, file, annotated: source.includes('swarmwall.ingress') },
      services: Object.entries(services).map(([service, { command, ports }]) => ({
        key: `${name}/${service}`,
        swarmName: `${name}_${service}`,
        listeners: command.map(parseListener),
        published: (ports ?? []).map((port) => {
          const [published, target] = port.split(':').map(Number);
          return { port: published!, target: target! };
        }),
      })),
    };
  });
}

function parseListener(text: string): Listener {
  const [protocol, port] = text.split('/');
  if (protocol !== 'tcp' && protocol !== 'udp') throw new LabError('bad-listener', `Not a listener: ${text}`);
  return { protocol, port: Number(port) };
}

export interface StagedFile {
  readonly text: string;
  readonly changes: readonly string[];
}

/** The file for this machine's kernel; with `flat`, all its services on that one network. */
export function stage(stack: DemoStack, flat?: string): StagedFile {
  const document = parseDocument(stack.source);
  const changes = adaptCompose(document);
  placeEverywhere(document);
  if (flat !== undefined) attachFlat(document, flat);
  document.set('version', '3.8');
  return { text: String(document), changes };
}

/** The judge: the files as written, by the same evaluator that `swarmwall can` asks. */
export function judgeOf(stacks: readonly DemoStack[], nodeAddresses: readonly string[]): Evaluator {
  const loaded = stacks.map(({ name, file, source }) => loadCompose(source, { file, stack: name }));
  const { model, diagnostics } = buildModel(loaded.map((one) => one.file));
  const mistakes = [...loaded.flatMap((one) => one.diagnostics), ...diagnostics].filter(isError);
  if (mistakes.length > 0)
    throw new LabError(
      'bad-example',
      mistakes.map(({ file, line, message }) => `${file}:${line} ${message}`).join('\n'),
    );
  return createEvaluator({ ...clusterFromModel(model), nodeAddresses });
}

const isError = ({ severity }: Diagnostic): boolean => severity === 'error';
