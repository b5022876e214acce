import { runAttacks } from '../attack/run-attacks.ts';

describe('attacks on two real nodes', runAttacks);
