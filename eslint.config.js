import tseslint from 'typescript-eslint';

/** What a pure folder may not touch: files, processes, sockets, clocks of the outside world. */
const noIo = [
  'fs',
  'fs/*',
  'child_process',
  'net',
  'tls',
  'http',
  'https',
  'dgram',
  'dns',
  'os',
  'process',
  'worker_threads',
].flatMap((name) => [name, `node:${name}`]);
const io = { group: noIo, message: 'compose-ext/ and rules/ are pure: I/O belongs in plugin/.' };
const packages = {
  group: ['execa', 'dockerode', 'express', 'pino'],
  message: 'compose-ext/ and rules/ are pure.',
};

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', 'node_modules/**', '**/*.js', '**/*.mjs', '**/*.cjs'] },
  ...tseslint.configs.strict,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Inject randomness.' },
      ],
      'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['compose-ext/**'],
    rules: {
      'no-restricted-globals': ['error', 'process'],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            io,
            packages,
            { group: ['**/rules/**', '**/plugin/**'], message: 'Imports go plugin → rules → compose-ext.' },
          ],
        },
      ],
    },
  },
  {
    files: ['rules/**'],
    rules: {
      'no-restricted-globals': ['error', 'process'],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            io,
            packages,
            { group: ['**/plugin/**'], message: 'Imports go plugin → rules → compose-ext.' },
          ],
        },
      ],
    },
  },
  { files: ['test/**', 'bench/**'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
);
