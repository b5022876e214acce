import assert from 'node:assert/strict';
import { dockerUserProgram, type DockerUserInput } from '../../../rules/docker-user/docker-user.ts';
import { parseEdgeCounters, parseObservedDockerUser } from '../../../rules/docker-user/observe.ts';
import { planDockerUser } from '../../../rules/docker-user/plan.ts';
import { render, type Step } from '../../../rules/step.ts';
import type { HostLab } from './host-lab.ts';

/** The program of a lab's host, as the agent reads and writes it. */
export function dockerUserHost(lab: HostLab) {
  const saved = () => lab.run('iptables-save', ['-c', '-t', 'filter']);
  const observe = () => parseObservedDockerUser(saved(), lab.run('ipset', ['save']));
  const apply = (steps: readonly Step[]): void => {
    for (const step of steps) {
      const { tool, args, input: text } = render(step);
      lab.run(tool, args, text);
    }
  };
  return {
    observe,
    apply,
    counters: () => parseEdgeCounters(saved()).verdicts,
    told: () => parseEdgeCounters(saved()).told,
    load(next: DockerUserInput): void {
      apply(planDockerUser(dockerUserProgram(next), observe()));
      const left = planDockerUser(dockerUserProgram(next), observe());
      assert.deepEqual(left, [], 'the kernel holds what is desired');
    },
  };
}
