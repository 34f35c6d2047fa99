// Script of the first load, gzipped: the entry and all it imports statically, and the largest page on top.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 250;
const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8'));
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);

function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}
const bytes = (keys) =>
  [...keys].reduce((sum, key) => sum + gzipSync(readFileSync(`dist/${manifest[key].file}`)).length, 0);
const kb = (value) => (value / 1024).toFixed(1);

const first = closure(entry);
const firstBytes = bytes(first);
const lazy = Object.keys(manifest)
  .filter((key) => manifest[key].isDynamicEntry)
  .map((key) => ({ key, bytes: bytes([...closure(key)].filter((each) => !first.has(each))) }))
  .sort((a, b) => b.bytes - a.bytes);

console.log(`first load: ${kb(firstBytes)} KB gzip (limit ${LIMIT_KB})`);
for (const { key, bytes: size } of lazy.slice(0, 8)) console.log(`  + ${kb(size).padStart(6)} KB  ${key}`);
if (firstBytes > LIMIT_KB * 1024) {
  console.error('over the limit');
  process.exitCode = 1;
}
