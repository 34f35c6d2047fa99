// Fails when src/types/api.gen.ts is not what openapi-typescript makes of ../central/openapi.json.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'types-drift-'));
try {
  const fresh = join(folder, 'api.gen.ts');
  execFileSync(
    'npx',
    ['openapi-typescript', '../central/openapi.json', '--empty-objects-unknown', '-o', fresh],
    { stdio: 'pipe' },
  );
  if (readFileSync(fresh, 'utf8') !== readFileSync('src/types/api.gen.ts', 'utf8')) {
    console.error('src/types/api.gen.ts is stale: run `npm run types` and commit it.');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
