import { readdirSync } from 'node:fs';
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const features = readdirSync(new URL('./src/features', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** A feature knows itself and what is shared, and no other feature. */
const featureZones = features.map((name) => ({
  target: `./src/features/${name}`,
  from: './src/features',
  except: [`./${name}`],
  message: 'Features never import each other: what two need goes to components/ui or lib.',
}));

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/types/api.gen.ts', 'src/app/routeTree.gen.ts', '.tanstack'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [
      ...tseslint.configs.recommendedTypeChecked,
      reactHooks.configs.flat['recommended-latest'],
      jsxA11y.flatConfigs.recommended,
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: './tsconfig.json' })] },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // The router stops a load by throwing what `redirect` and `notFound` return.
      '@typescript-eslint/only-throw-error': 'off',
      'jsx-a11y/no-autofocus': 'off',
      // The table memoises by itself; the compiler's remark helps nobody here.
      'react-hooks/incompatible-library': 'off',
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [
            ...featureZones,
            {
              target: ['./src/components', './src/lib', './src/config'],
              from: ['./src/features', './src/app'],
              message: 'What is shared knows no feature and no page.',
            },
            { target: './src/lib', from: './src/components', message: 'lib knows no components.' },
            { target: './src/features', from: './src/app', message: 'A feature knows no route.' },
          ],
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'recharts', message: 'Use components/ui/chart: it loads late.' },
            { name: 'zod', message: 'Use zod/mini: schemas of routes are in the first load.' },
          ],
        },
      ],
      'no-console': 'error',
    },
  },
  { files: ['src/components/ui/chart/**'], rules: { 'no-restricted-imports': 'off' } },
  // No browser loads these.
  { files: ['e2e/**'], rules: { 'no-restricted-imports': 'off' } },
  // Their figures are what they are for.
  { files: ['e2e/*.run.ts'], rules: { 'no-console': 'off' } },
  { files: ['*.{js,mjs}', 'scripts/**'], languageOptions: { globals: globals.node } },
  prettier,
);
