import { Command } from 'commander';
import { clusterFromModel } from '../../../rules/cluster-from-model.ts';
import { compileStack, withSegmentFlags } from '../compile-stack.ts';
import type { SegmentFlags } from '../compile-stack.ts';
import type { ExitCode } from '../failure.ts';
import { neededFiles, stackFiles, withComposeFiles, stackOption, withOtherStacks } from '../file-options.ts';
import type { FileOptions } from '../file-options.ts';
import { loadSoundStacks } from '../load-stacks.ts';
import { connectivity } from '../plan/connectivity.ts';
import { printConnectivity } from '../plan/print-matrix.ts';
import { printSegments } from '../plan/print-segments.ts';
import { printWarnings } from '../print-diagnostics.ts';
import { withProgress } from '../progress.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { segmentFlags } from './compile.ts';

interface PlanOptions extends FileOptions, SegmentFlags, JsonOption {}

export function planCommand(session: Session): Command {
  const command = new Command('plan')
    .summary('the segments, and who could talk to whom')
    .description(
      'Shows what deploying the file would make: the networks, and every pair that may talk on which ports.\n' +
        'A dot: denied. Ports without a protocol are tcp.',
    )

    .addOption(stackOption());
  return withJson(withSegmentFlags(withOtherStacks(withComposeFiles(command))))
    .addHelpText(
      'after',
      examples(session, [
        ['plan -c compose.yaml', 'one stack'],
        ['plan -c shop.yaml --with monitoring=monitoring.yaml', 'with its neighbour'],
        ['plan -c compose.yaml --isolation balanced', 'fewer networks'],
      ]),
    )
    .action(action(session, (options: PlanOptions) => plan(session, options)));
}

async function plan({ io }: Session, options: PlanOptions): Promise<ExitCode> {
  const { loaded, file, compiled, shown } = await withProgress(io, 'planning', async () => {
    const found = await loadSoundStacks(
      io,
      stackFiles(neededFiles(io, options), { ...options, target: 'stack' }),
    );
    const made = compileStack(found, segmentFlags(options));
    const cluster = { ...clusterFromModel(found.model), stack: made.file.stack };
    return { loaded: found, ...made, shown: connectivity(cluster) };
  });
  const { segments, external, pairsKeptApartByRulesOnly, diagnostics } = compiled;
  if (options.json) {
    printJson(io, {
      stack: file.stack,
      segments,
      external,
      pairsKeptApartByRulesOnly,
      ...shown,
      diagnostics,
    });
    return 0;
  }
  printWarnings(io, diagnostics, loaded.sources);
  printSegments(io, file, compiled);
  io.stdout.write('\n');
  printConnectivity(io, shown, file.stack);
  return 0;
}
