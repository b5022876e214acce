import { FULL_KERNEL } from './full-kernel.ts';
import { Lab, createLab, type LabOptions } from './lab.ts';

/** In the virtual machine this lab stands already: two nodes in one Swarm. */
export const MACHINE_LAB = 'machine';

/** Two nodes in one Swarm, nothing deployed. */
export async function openSwarm(options: Omit<LabOptions, 'nodes'>): Promise<Lab> {
  if (FULL_KERNEL) return Lab.adopt(MACHINE_LAB);
  const lab = await createLab(options);
  try {
    await lab.swarm();
  } catch (error) {
    await lab.destroy();
    throw error;
  }
  return lab;
}
