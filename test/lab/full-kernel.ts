/** The kernel under the lab has IPVS and ESP, and is emulated: so in the virtual machine. */
export const FULL_KERNEL = process.env['LAB_FULL_KERNEL'] === '1';

/** A limit that a real machine keeps, made long enough for an emulated one. */
export const patient = (limit: number): number => (FULL_KERNEL ? limit * 5 : limit);
