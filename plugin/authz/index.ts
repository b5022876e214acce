export { startAuthz } from './start-authz.ts';
export type { AuthzOptions, AuthzRunning } from './start-authz.ts';
