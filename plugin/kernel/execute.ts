import { Fault } from '../fault.ts';
import { untoldChains } from '../../rules/docker-user/verdict-chains.ts';
import { withoutLog } from '../../rules/flows/log-groups.ts';
import { hasLog } from './log-support.ts';
import { render, type Command, type Step } from '../../rules/step.ts';
import type { IptablesVariant } from './iptables-variant.ts';
import type { Namespace } from './namespace.ts';

export interface ExecuteOptions {
  readonly namespace: Namespace;
  /** Which iptables-restore; only for steps in the node's own namespace. */
  readonly variant?: IptablesVariant;
  /** The address whose flows could not be cut: the conntrack tool is not installed. */
  readonly onUncut?: (address: string) => void;
  /** The kernel has no log: the table is in place, and nobody is told what it decides. */
  readonly onUnlogged?: () => void;
}

/**
 * Performs steps in order, each one transaction.
 * @throws Fault `kernel-refused` with the step's whole text as `data.input`
 */
export async function executeSteps(steps: readonly Step[], options: ExecuteOptions): Promise<void> {
  for (const step of steps) await execute(step, options);
}

async function execute(step: Step, options: ExecuteOptions): Promise<void> {
  const { namespace, variant, onUncut } = options;
  const command = render(step);
  const { args, input, accept } = command;
  try {
    await namespace.run(programOf(command, variant), args, {
      ...(input === undefined ? {} : { input }),
      ...(accept === undefined ? {} : { accept }),
    });
  } catch (error) {
    if (step.kind === 'forget-flows' && isMissing(error)) {
      onUncut?.(step.address);
      return;
    }
    const unlogged = untold(step);
    if (unlogged !== undefined && (step.kind === 'chain' || !(await hasLog(namespace)))) {
      await execute(unlogged, options);
      options.onUnlogged?.();
      return;
    }
    throw new Fault('kernel-refused', `${step.kind}: ${(error as Error).message}`, {
      cause: error,
      data: { namespace: namespace.path, step: step.kind, input },
    });
  }
}

/** The same without a log; undefined: it has none. */
function untold(step: Step): Step | undefined {
  if (step.kind === 'chain') {
    const chains = untoldChains(step.chains);
    return chains && { ...step, chains };
  }
  const program = step.kind === 'load-table' ? withoutLog(step.program) : undefined;
  return step.kind === 'load-table' && program ? { ...step, program } : undefined;
}

function programOf({ tool }: Command, variant: IptablesVariant | undefined): string {
  if (tool !== 'iptables-restore') return tool;
  return variant === undefined ? tool : `iptables-${variant}-restore`;
}

/** By nsenter a missing program is exit code 127. */
function isMissing(error: unknown): boolean {
  return error instanceof Fault && (error.code === 'process-missing' || error.data['exitCode'] === 127);
}
