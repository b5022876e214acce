import assert from 'node:assert/strict';
import { Agents } from '../e2e/agents.ts';
import { resetLab, sharedLab } from '../lab/fixture.ts';
import { FULL_KERNEL } from '../lab/full-kernel.ts';
import type { Attack } from './attack.ts';
import { ATTACKS } from './attacks.ts';
import { World } from './world/world.ts';

const runsHere = ({ needs }: Attack): boolean => needs === undefined || FULL_KERNEL;
const title = ({ area, name, from, capabilities = [] }: Attack): string =>
  `${area}: ${name} (${[from, ...capabilities].join(', ')})`;

/** A busy machine loses packets, and may take longer than an attempt waits: once is enough. */
async function getsThrough(attack: Attack, world: World, otherwise?: string): Promise<void> {
  for (let left = ATTEMPTS; left > 0; left -= 1) if ((await attack.attempt(world)) === 'through') return;
  assert.fail(otherwise ?? 'it was stopped, and nothing enforces');
}
const ATTEMPTS = 4;

/**
 * Body of a mocha suite, for both labs: each attack gets through first, while nothing enforces, then none does, while
 * honest connections go on beside it. What this lab cannot run is said, and counts for nothing.
 */
export function runAttacks(): void {
  const here = ATTACKS.filter(runsHere);
  let world: World;
  let agents: Agents;

  before(async () => {
    const lab = await sharedLab();
    world = await World.open(lab);
    agents = new Agents(lab);
    for (const attack of ATTACKS.filter((one) => !runsHere(one)))
      process.stderr.write(
        `    NOT RUN on this lab, whose kernel has no IPVS and no ESP: ${title(attack)}\n`,
      );
  });
  after(async () => {
    await world.close();
    await agents.remove();
    await resetLab(world.lab);
  });

  describe('without Swarmwall', () => {
    for (const attack of here)
      it(`${title(attack)}: gets through`, async () => {
        await getsThrough(attack, world);
      });
  });

  describe('with Swarmwall', () => {
    before(async () => {
      await agents.start();
      world.settled = () => agents.settled();
    });

    for (const attack of here.filter(({ hole }) => hole === undefined))
      it(`${title(attack)}: is stopped`, async () => {
        assert.equal(await attack.attempt(world), 'stopped');
      });

    for (const attack of here.filter(({ hole }) => hole !== undefined))
      it(`KNOWN HOLE, ${title(attack)}: still gets through: ${attack.hole ?? ''}`, async () => {
        await getsThrough(attack, world, 'it is stopped now: take `hole` off it');
      });
  });
}
