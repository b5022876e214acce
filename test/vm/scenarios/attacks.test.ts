import { runAttacks } from '../../attack/run-attacks.ts';

describe('attacks on a full kernel', runAttacks);
