import { createLab, type Lab } from '../lab/lab.ts';
import { startRegistry, type LabRegistry } from '../lab/registry.ts';
import { asImage } from './plugin/as-image.ts';
import { lifecycle } from './plugin/lifecycle.ts';
import { nodeInstall } from './plugin/node-install.ts';

for (const engine of ['20.10', '26.1', '28.5'])
  describe(`the managed plugin on engine ${engine}`, () => {
    let lab: Lab;
    let registry: LabRegistry;
    // What the suites leave on the nodes is what the next one begins with.
    const world = {
      engine,
      get lab() {
        return lab;
      },
      get registry() {
        return registry;
      },
    };

    before(async () => {
      lab = await createLab({ prefix: `plugin-${process.pid}`, engine });
      await lab.swarm();
      registry = await startRegistry(lab);
    });
    after(() => lab.destroy());

    lifecycle(world);
    nodeInstall(world);
    asImage(world);
  });
