export { startController, type ControllerOptions } from './controller.ts';
