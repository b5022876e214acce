import { createLab } from './lab.ts';

// Run by the lab's own test, which kills or interrupts it: node --import tsx crash-owner.ts PREFIX
const lab = await createLab({ prefix: process.argv[2]!, nodes: 1 });
process.stdout.write(`up ${lab.nodes[0]!.init.pid}\n`);
// With a program under way, as an owner mostly is.
await lab.nodes[0]!.run('sleep', ['60'], { timeout: 70_000, reject: false });
setInterval(() => undefined, 60_000);
