// Script that a page needs on its first load, gzipped: the entry, the shell, the page, and all that they import statically.
// The limit is for where people arrive: sign-in and the dashboard. What other pages add comes as one goes there.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 250;
const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8'));
const keys = Object.keys(manifest);
const entry = keys.find((key) => manifest[key].isEntry);
// The dashboard's chunk is named like the shell's, after its folder.
const shell = keys.filter((key) => manifest[key].name === '_app' && !manifest[key].src?.includes('/_app/'));
const named = (route) => keys.find((key) => key.startsWith(`src/app/routes/${route}.tsx`));
// A page whose chunk others share is in the manifest by the chunk's name alone.
const pages = keys.filter(
  (key) =>
    manifest[key].isDynamicEntry &&
    !shell.includes(key) &&
    (key.startsWith('src/app/routes/_app/') || key.startsWith('_')),
);

function closure(key, seen) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) closure(next, seen);
  return seen;
}
const weights = new Map();
function weight(key) {
  const { file } = manifest[key];
  if (!weights.has(file)) weights.set(file, gzipSync(readFileSync(`dist/${file}`)).length);
  return weights.get(file);
}
const weigh = (roots) => {
  const seen = new Set();
  for (const root of roots) closure(root, seen);
  return [...seen].reduce((sum, key) => sum + weight(key), 0) / 1024;
};

console.log(`entry          ${weigh([entry]).toFixed(1)} KB`);
console.log(`entry + shell  ${weigh([entry, ...shell]).toFixed(1)} KB`);
const totals = pages
  .map((page) => ({ page, kb: weigh([entry, ...shell, page]) }))
  .sort((a, b) => b.kb - a.kb);
for (const { page, kb } of totals) {
  console.log(
    `${kb.toFixed(1).padStart(8)} KB  ${page.replace('src/app/routes/_app/', '').replace(/\?.*/, '')}`,
  );
}
const signIn = named('sign-in');
const dashboard = named('_app/index');
if (!signIn || !dashboard || shell.length !== 1)
  throw new Error('the manifest names its chunks otherwise now');
const arrivals = [
  { name: 'sign-in', kb: weigh([entry, signIn]) },
  { name: 'dashboard', kb: weigh([entry, ...shell, dashboard]) },
];
for (const { name, kb } of arrivals) console.log(`first load of ${name}: ${kb.toFixed(1)} KB of ${LIMIT_KB}`);
if (arrivals.some(({ kb }) => kb > LIMIT_KB)) {
  console.error(`over the limit of ${LIMIT_KB} KB`);
  process.exitCode = 1;
}
