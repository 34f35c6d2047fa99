/**
 * Every platform's optional packages must be in the lock: `npm ci` refuses one that lacks them. A registry that carries
 * one platform only makes `npm install` drop the rest, so this looks (`lock:check`), and puts them back (`lock:mend`).
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const { packages } = lock;

const systems = 'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(' ');
const processors = {
  ...Object.fromEntries(
    'arm arm64 ia32 loong64 ppc64 ppc64le riscv64 s390x wasm32 x64'.split(' ').map((cpu) => [cpu, cpu]),
  ),
  armv7: 'arm',
  ppc64le: 'ppc64',
};

/** What the package's name says of where it runs; npm skips it elsewhere. */
function entry(name, version, isDev) {
  const parts = name.split(/[/-]/);
  const os = systems.find((system) => parts.includes(system));
  const cpu = Object.keys(processors).findLast((each) => parts.includes(each));
  const libc = /musl/.test(name) ? 'musl' : os === 'linux' && /gnu/.test(name) ? 'glibc' : undefined;
  return {
    version,
    ...(cpu && { cpu: [processors[cpu]] }),
    ...(isDev && { dev: true }),
    ...(libc && { libc: [libc] }),
    optional: true,
    ...(os && { os: [os] }),
  };
}

const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev }]) =>
  Object.entries(optionalDependencies).flatMap(([name, version]) => {
    const isThere = `node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages;
    // A range says nothing that could be locked; packages of platforms are named by exact versions.
    return isThere || !/^\d[\w.-]*$/.test(version)
      ? []
      : [[`node_modules/${name}`, entry(name, version, dev)]];
  }),
);

if (missing.length > 0 && process.argv.includes('--mend')) {
  const { '': root, ...rest } = packages;
  const sorted = Object.entries({ ...rest, ...Object.fromEntries(missing) }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  lock.packages = { '': root, ...Object.fromEntries(sorted) };
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${missing.length} packages of other platforms are in ${file} again`);
} else if (missing.length > 0) {
  console.error(
    `${file} lacks ${missing.length} packages of other platforms, so npm ci fails: npm run lock:mend`,
  );
  process.exitCode = 1;
}
