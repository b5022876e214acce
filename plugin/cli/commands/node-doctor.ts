import { Command } from 'commander';
import type { AgentStatus, ControllerStatus } from '../../api/types.ts';
import { examine } from '../../node/doctor/findings.ts';
import type { Finding } from '../../node/doctor/findings.ts';
import { withProgress } from '../progress.ts';
import type { ExitCode } from '../failure.ts';
import { action, examples, printJson, withJson } from '../session.ts';
import type { JsonOption, Session } from '../session.ts';
import { printable, styleFor } from '../style.ts';

export function nodeDoctorCommand(session: Session): Command {
  return withJson(new Command('doctor'))
    .summary('what weakens enforcement on this node, with the remedy')
    .description(
      'Looks at the engine, the plugin, daemon.json and the kernel, and changes nothing.\n' +
        'Exit code 0: nothing weakens enforcement (notes do not count). 1: something does.',
    )
    .addHelpText('after', examples(session, [['node doctor', 'as root']]))
    .action(action(session, (options: JsonOption) => diagnose(session, options)));
}

async function diagnose(session: Session, options: JsonOption): Promise<ExitCode> {
  const { io, world, config } = session;
  const facts = await withProgress(io, 'looking', async () => {
    const { gatherDoctorFacts } = await import('../../node/doctor/gather-facts.ts');
    return gatherDoctorFacts({
      ...{ config, run: world.run, clock: world.clock, host: await world.nodeHost() },
      agent: () => world.getApi<AgentStatus>('agent', '/v1/status'),
      controller: () => world.getApi<ControllerStatus>('controller', '/v1/status'),
    });
  });
  const findings = examine(facts);
  const weak = findings.filter(({ level }) => level === 'weak').length;
  if (options.json) printJson(io, { sound: weak === 0, findings, facts });
  else print(session, findings, weak);
  return weak === 0 ? 0 : 1;
}

function print({ io }: Session, findings: readonly Finding[], weak: number): void {
  const style = styleFor(io, io.stdout);
  for (const { level, code, message, remedy } of findings) {
    const painted = level === 'weak' ? style.red(style.bold(level)) : style.blue(level);
    io.stdout.write(`${painted} ${style.dim(code)} ${printable(message)}\n`);
    io.stdout.write(`  ${style.cyan('remedy:')} ${printable(remedy)}\n`);
  }
  if (findings.length > 0) io.stdout.write('\n');
  const count = `${String(weak)} thing${weak === 1 ? ' weakens' : 's weaken'} enforcement on this node`;
  io.stdout.write(
    `${weak === 0 ? `${style.green('ok')}: nothing weakens enforcement on this node` : style.bold(count)}\n`,
  );
}
