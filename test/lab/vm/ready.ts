import { createLab } from '../lab.ts';
import { MACHINE_LAB } from '../open-lab.ts';

// Runs inside the machine, before it is frozen.
const lab = await createLab({ prefix: MACHINE_LAB, keep: true, say: console.log });
console.log('two engines are up');
await lab.swarm();
lab.keep();
process.exit(0);
