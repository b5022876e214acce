export { judgeAdmission } from './judge-admission.ts';
