import fc from 'fast-check';

/**
 * Properties are tried on the same examples in each run: what makes one fail is then a change, not chance.
 * `PROPERTY_SEED=random npm run test:unit` looks for new ones, a number takes up those of another run.
 */
const given = process.env['PROPERTY_SEED'] ?? '20261121';
if (given !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(given) });
