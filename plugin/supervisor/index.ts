export { startPlugin, supervisorWorld } from './supervisor.ts';
