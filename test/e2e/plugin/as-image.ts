import { readFileSync } from 'node:fs';
import { waitEnforced } from '../../lab/demo/enforce.ts';
import { PLUGIN, reloadEngine, settingsFor } from '../../lab/managed-plugin.ts';
import type { PluginWorld } from './plugin-world.ts';

/** The same files as an image, and a global service of it. */
export function asImage(world: PluginWorld): void {
  describe('as an image of the same files', () => {
    it('runs as a global service', async () => {
      for (const node of world.lab.nodes) {
        await reloadEngine(node, settingsFor(world.registry));
        await node.docker(['plugin', 'rm', '--force', PLUGIN]);
        await node.run('swarmwall', ['uninstall']);
      }
      await world.lab.manager.docker(['stack', 'rm', 'guarded']);
      const image = `${world.registry.host}/swarmwall-image:1`;
      const { manager } = world.lab;
      manager.writeFile('/root/build/Dockerfile', readFileSync('Dockerfile', 'utf8'));
      manager.writeFile('/root/swarmwall-stack.yml', readFileSync('examples/swarmwall-stack.yml', 'utf8'));
      await manager.run('mkdir', ['-p', '/root/build/dist']);
      await manager.run('cp', ['-a', '/opt/swarmwall/plugin', '/root/build/dist/']);
      await manager.docker(['build', '--tag', image, '/root/build'], { timeout: 300_000 });
      await manager.docker(['push', image], { timeout: 300_000 });
      const deploy = ['stack', 'deploy', '-c', '/root/swarmwall-stack.yml', 'swarmwall'];
      await manager.run('env', [`SWARMWALL_IMAGE=${image}`, 'docker', ...deploy]);
      await waitEnforced(world.lab, 240_000);
      await manager.docker(['stack', 'rm', 'swarmwall']);
    });
  });
}
