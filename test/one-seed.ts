import fc from 'fast-check';

/** For the mutation run: a mutant must not live or die by chance. And the first failure is enough. */
fc.configureGlobal({ seed: 1, endOnFailure: true });
