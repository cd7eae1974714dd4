import type { Contender } from './contenders.ts';
import { type ShapeName, shapes } from './shapes.ts';

export type Measured = {
  shape: ShapeName;
  contender: string;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** CPU for one request, of the server and of the database. */
  ownCpuMs: number;
  databaseCpuMs: number;
  residentMib: number;
};

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function medianOf(values: readonly number[]): number {
  return percentile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

/** The rounds of one server and shape as one: the median of each figure. */
export function summarise(rounds: readonly Measured[]): Measured {
  const [first] = rounds;
  if (first === undefined) throw new Error('nothing was measured');
  const median = (key: Exclude<keyof Measured, 'shape' | 'contender'>) => medianOf(rounds.map((round) => round[key]));
  return {
    shape: first.shape,
    contender: first.contender,
    requestsPerSecond: median('requestsPerSecond'),
    p50Ms: median('p50Ms'),
    p99Ms: median('p99Ms'),
    ownCpuMs: median('ownCpuMs'),
    databaseCpuMs: median('databaseCpuMs'),
    residentMib: median('residentMib'),
  };
}

/** Median over the rounds of what `value` of one is to that of another in the same round. */
export function ratioOf(
  rounds: readonly Measured[],
  shape: ShapeName,
  [upper, lower]: [string, string],
  value: (round: Measured) => number,
): number | null {
  const of = (name: string) => rounds.filter((round) => round.shape === shape && round.contender === name).map(value);
  const above = of(upper);
  const below = of(lower);
  if (above.length === 0 || below.length === 0) return null;
  return medianOf(above.map((each, index) => each / (below[index] ?? Number.NaN)));
}

export const cpuOf = ({ ownCpuMs, databaseCpuMs }: Measured) => ownCpuMs + databaseCpuMs;

/** What `npm run bench` prints, fit for the README. */
export function renderReport(
  rounds: readonly Measured[],
  contenders: readonly Pick<Contender, 'name' | 'note'>[],
): string {
  const names = contenders.map(({ name }) => name);
  const lines: string[] = [];
  const shown = (Object.keys(shapes) as ShapeName[]).filter((shape) => rounds.some((round) => round.shape === shape));
  lines.push(
    '| shape | server | requests/s | p50, p99 ms | CPU ms, own + database | RSS MiB |',
    '|---|---|---|---|---|---|',
  );
  for (const shape of shown) {
    for (const name of names) {
      const own = rounds.filter((round) => round.shape === shape && round.contender === name);
      if (own.length === 0) continue;
      const { requestsPerSecond, p50Ms, p99Ms, ownCpuMs, databaseCpuMs, residentMib } = summarise(own);
      lines.push(
        `| ${shape} | ${name} | ${requestsPerSecond.toFixed(0)} | ${p50Ms.toFixed(1)}, ${p99Ms.toFixed(1)} | ` +
          `${ownCpuMs.toFixed(2)} + ${databaseCpuMs.toFixed(2)} | ${residentMib.toFixed(0)} |`,
      );
    }
  }
  lines.push('', 'How often the product answers while the other answers once; in brackets by CPU.', '');
  const others = names.filter((name) => !name.startsWith('product'));
  lines.push(`| shape | ${others.join(' | ')} | kept ÷ not kept |`, `|---|${others.map(() => '---').join('|')}|---|`);
  const speed = (round: Measured) => round.requestsPerSecond;
  const cell = (shape: ShapeName, upper: string, lower: string) => {
    const faster = ratioOf(rounds, shape, [upper, lower], speed);
    const leaner = ratioOf(rounds, shape, [lower, upper], cpuOf);
    return faster === null || leaner === null ? '' : `${faster.toFixed(2)} (${leaner.toFixed(2)})`;
  };
  for (const shape of shown) {
    const cells = others.map((name) => cell(shape, 'product', name));
    lines.push(`| ${shape} | ${cells.join(' | ')} | ${cell(shape, 'product-kept', 'product')} |`);
  }
  lines.push('', ...shown.map((shape) => `- **${shape}**: ${shapes[shape]}`));
  for (const { name, note } of contenders) if (note !== undefined) lines.push(`- **${name}**: ${note}`);
  return lines.join('\n');
}
