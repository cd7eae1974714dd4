import { execFile } from 'node:child_process';
import path from 'node:path';

const entry = path.join(import.meta.dirname, '../../src/admin.ts');

export type AdminAnswer = { exitCode: number; output: string; errors: string };

/** `npm run admin -- …` as an operator types it, with only these variables. */
export function runAdmin(
  dataDir: string,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<AdminAnswer> {
  return new Promise((resolve) => {
    const options = { cwd: dataDir, env: { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir, ...env } };
    execFile(process.execPath, [entry, ...argv], options, (err, output, errors) => {
      resolve({ exitCode: err === null ? 0 : typeof err.code === 'number' ? err.code : -1, output, errors });
    });
  });
}

/** As `runAdmin`, with `--json` and read. */
export async function askAdmin<Data>(
  dataDir: string,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<Data> {
  const { exitCode, output, errors } = await runAdmin(dataDir, [...argv, '--json'], env);
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${exitCode}: ${errors}${output}`);
  return JSON.parse(output) as Data;
}
