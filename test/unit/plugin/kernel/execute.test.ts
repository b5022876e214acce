import assert from 'node:assert/strict';
import { Fault } from '../../../../plugin/fault.ts';
import { executeSteps } from '../../../../plugin/kernel/execute.ts';
import type { Namespace } from '../../../../plugin/kernel/namespace.ts';
import { emptyOverlay } from '../../../../rules/overlay/overlay.ts';

/** nft, in a kernel that lacks what `refuses` names. */
function kernel(refuses: RegExp) {
  const inputs: string[] = [];
  const checked: string[] = [];
  const namespace: Namespace = {
    command: (file, args) => [file, args],
    run: (_file, args, options) => {
      const input = String(options?.input ?? '');
      if (refuses.test(input))
        return Promise.reject(
          new Fault('process-failed', 'Could not process rule: No such file or directory', {
            data: { exitCode: 1 },
          }),
        );
      (args.includes('-c') ? checked : inputs).push(input);
      return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' });
    },
  };
  return { namespace, inputs, checked };
}

const [overlay] = emptyOverlay();
const load = { kind: 'load-table', program: overlay! } as const;
const comments = (text: string) => [...text.matchAll(/comment "([^"]+)"/gu)].map(([, comment]) => comment);

describe('a table that hands packets to the log', () => {
  it('is loaded without that where the kernel has no log: the same rules, known by the same comments', async () => {
    const whole = kernel(/never/u);
    await executeSteps([load], whole);
    assert.match(whole.inputs[0]!, /log group/u);

    const poor = kernel(/log group/u);
    let told = 0;
    await executeSteps([load], { ...poor, onUnlogged: () => (told += 1) });
    assert.equal(told, 1);
    assert.equal(poor.inputs.length, 1);
    assert.doesNotMatch(poor.inputs[0]!, /log group|_told" ?(?:comment|$)/mu);
    assert.deepEqual(comments(poor.inputs[0]!), comments(whole.inputs[0]!));
    assert.deepEqual(
      poor.inputs[0]!.split('\n').filter((line) => line.startsWith('add chain')),
      whole.inputs[0]!.split('\n').filter((line) => line.startsWith('add chain')),
    );
  });

  it('fails as it did where the log is not what the kernel refuses', async () => {
    const { namespace, inputs, checked } = kernel(/add table inet swarmwall\n/u);
    await assert.rejects(executeSteps([load], { namespace }), { code: 'kernel-refused' });
    assert.equal(inputs.length, 0);
    assert.equal(checked.length, 1);
  });
});
