/**
 * Writes `<name>.br` and `<name>.gz` beside each built file that becomes much smaller by it: api-service sends
 * them as they are (central/src/ui/encoding.rs) and compresses nothing itself.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = path.resolve(import.meta.dirname, '../dist');
const text = /\.(html|js|css|svg|json|txt|webmanifest)$/;
/** Below this the headers cost as much as is saved. */
const minBytes = 1024;
const worthIt = 0.9;

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const file = path.join(entry.parentPath, entry.name);
  if (!entry.isFile() || !text.test(entry.name)) continue;
  const plain = readFileSync(file);
  if (plain.length < minBytes) continue;
  const forms = {
    br: brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } }),
    gz: gzipSync(plain, { level: constants.Z_BEST_COMPRESSION }),
  };
  for (const [ending, form] of Object.entries(forms)) {
    if (form.length < plain.length * worthIt) writeFileSync(`${file}.${ending}`, form);
  }
}
