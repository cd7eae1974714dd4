/**
 * Builds the console into `dist/console`, each file also as brotli and gzip: `npm ci` does, and `npm start` and
 * `npm test` where its sources changed since. `--watch` builds again at each change.
 */
import { createHash } from 'node:crypto';
import { glob, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const root = import.meta.dirname;
const source = path.join(root, 'src/console');
const target = path.join(root, 'dist/console');
/** Holds the hash of the sources that were built. */
const stamp = path.join(target, '.sources');
const compressible = /\.(js|css|html|svg|json)$/;

async function hashSources(): Promise<string> {
  const files = (await Array.fromAsync(glob('**/*.{ts,tsx,css,html,svg}', { cwd: source }))).sort();
  const hash = createHash('sha256');
  for (const file of [...files.map((each) => path.join(source, each)), import.meta.filename]) {
    hash.update(`${path.relative(root, file)}\0`).update(await readFile(file));
  }
  // The packages that it is made of.
  return hash.update(await readFile(path.join(root, 'package-lock.json'))).digest('hex');
}

async function compress(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && compressible.test(entry.name));
  await Promise.all(
    files.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const plain = await readFile(file);
      const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
      const [brotli, gzipped] = await Promise.all([
        promisify(brotliCompress)(plain, quality),
        promisify(gzip)(plain, { level: constants.Z_BEST_COMPRESSION }),
      ]);
      await Promise.all([writeFile(`${file}.br`, brotli), writeFile(`${file}.gz`, gzipped)]);
    }),
  );
}

async function build(hash: string): Promise<void> {
  const { build: bundle } = await import('vite');
  // Beside the target: it takes the old one's place in one step, so that nobody is served half of it.
  const outDir = path.join(root, `dist/console-${process.pid}`);
  await bundle({
    root: source,
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      target: 'es2023',
      cssTarget: 'chrome125',
      rolldownOptions: {
        // Components of packages say 'use client' to frameworks that run them elsewhere too: nothing to tell of.
        onLog: (level, log, tell) => log.code === 'MODULE_LEVEL_DIRECTIVE' || tell(level, log),
      },
    },
  });
  await compress(outDir);
  await writeFile(path.join(outDir, '.sources'), hash);
  const old = `${outDir}-old`;
  await mkdir(path.dirname(target), { recursive: true });
  await rename(target, old).catch(() => {});
  await rename(outDir, target);
  await rm(old, { recursive: true, force: true });
}

async function watch(): Promise<void> {
  const { watch: watchFiles } = await import('node:fs/promises');
  for await (const _ of watchFiles(source, { recursive: true })) {
    const hash = await hashSources();
    if (hash === (await readFile(stamp, 'utf8').catch(() => ''))) continue;
    await build(hash).then(
      () => console.log('the console is built'),
      (err) => console.error(err),
    );
  }
}

const hash = await hashSources();
if (hash !== (await readFile(stamp, 'utf8').catch(() => ''))) {
  const startedAt = performance.now();
  await build(hash);
  console.log(`the console is built (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`);
}
if (process.argv.includes('--watch')) await watch();
