import { createLab } from './lab.ts';

// Run by the lab's own test, which kills it: node --import tsx crash-owner.ts PREFIX
const lab = await createLab({ prefix: process.argv[2]!, nodes: 1 });
process.stdout.write(`up ${lab.nodes[0]!.init.pid}\n`);
setInterval(() => undefined, 60_000);
