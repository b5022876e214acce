export { judgeProtection } from './judge-protection.ts';
