import type { LabNode } from './node.ts';

const FOLDER = '/run/docker/netns';

/** Docker's network namespaces on a node, as paths there; older engines leave the file of one that is gone for a while. */
export async function liveNetns(node: Pick<LabNode, 'run'>): Promise<readonly string[]> {
  const listed = await node.run('ls', [FOLDER]);
  const paths = listed.stdout
    .split('\n')
    .filter(Boolean)
    .map((file) => `${FOLDER}/${file}`);
  if (paths.length === 0) return [];
  // One may go in between.
  const { stdout } = await node.run('stat', ['-f', '-c', '%T %n', ...paths], { reject: false });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('nsfs '))
    .map((line) => line.slice('nsfs '.length));
}
