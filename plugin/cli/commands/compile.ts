import { Command, Option } from 'commander';
import type { Target } from '../../../compose-ext/index.ts';
import { compileStack, withSegmentFlags } from '../compile-stack.ts';
import type { SegmentFlags } from '../compile-stack.ts';
import type { ExitCode } from '../failure.ts';
import { neededFiles, stackFiles, withComposeFiles, stackOption, withOtherStacks } from '../file-options.ts';
import type { FileOptions } from '../file-options.ts';
import { loadSoundStacks } from '../load-stacks.ts';
import { printWarnings } from '../print-diagnostics.ts';
import { withProgress } from '../progress.ts';
import { writeWhole } from '../read-source.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';

interface CompileOptions extends FileOptions, SegmentFlags, JsonOption {
  readonly output?: string;
  readonly for: Target;
}

export function compileCommand(session: Session): Command {
  const command = new Command('compile')
    .summary('the Compose text for docker stack deploy, or docker compose')
    .description(
      'Writes the Compose file that `docker stack deploy` takes: segments for networks, labels carried, your order and\n' +
        'comments kept. Deploying it yourself, external networks (see --json) have to exist before.\n' +
        'With --for compose, for `docker compose up`: networks as they are written, labels on the containers.',
    )
    .addOption(
      new Option('--for <who>', 'who will read the output').choices(['stack', 'compose']).default('stack'),
    )

    .option('-o, --output <out>', 'write to this file instead of standard output')
    .addOption(stackOption());
  return withJson(withSegmentFlags(withOtherStacks(withComposeFiles(command))))
    .addHelpText(
      'after',
      examples(session, [
        ['compile -c compose.yaml -o stack.yaml', 'to look at, or to keep'],
        ['compile -c compose.yaml --encrypted false', 'without IPsec'],
        ['compile -c compose.yaml --for compose | docker compose -f - up -d', 'on one engine, without Swarm'],
        ['compile -c shop.yaml --with monitoring=monitoring.yaml --json', 'segments too'],
      ]),
    )
    .action(action(session, (options: CompileOptions) => compileFile(session, options)));
}

async function compileFile({ io }: Session, options: CompileOptions): Promise<ExitCode> {
  const { loaded, compiled } = await withProgress(io, 'compiling', async () => {
    const found = await loadSoundStacks(
      io,
      stackFiles(neededFiles(io, options), { ...options, target: options.for }),
    );
    return { loaded: found, ...compileStack(found, { ...segmentFlags(options), target: options.for }) };
  });
  if (options.output !== undefined && options.output !== '-')
    await writeWhole(io, options.output, compiled.text);
  if (options.json) {
    const { text, segments, external, pairsKeptApartByRulesOnly, diagnostics } = compiled;
    printJson(io, { text, segments, external, pairsKeptApartByRulesOnly, diagnostics });
    return 0;
  }
  printWarnings(io, compiled.diagnostics, loaded.sources);
  if (options.output === undefined || options.output === '-') io.stdout.write(compiled.text);
  return 0;
}

export function segmentFlags({ encrypted, isolation }: SegmentFlags): SegmentFlags {
  return {
    ...(encrypted === undefined ? {} : { encrypted }),
    ...(isolation === undefined ? {} : { isolation }),
  };
}
