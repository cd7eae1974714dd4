import { z } from 'zod';

/** What has become of a file, as far as it was read. */

const count = z.int().min(0);

const schema = z.object({
  /** What the file was taken for, `CSV`. */
  format: z.string(),
  isDryRun: z.boolean(),
  /** How many of the file's parts were dealt with: where reading it goes on. */
  items: count,
  /** Conversations by what became of them; with `isDryRun`, what would. */
  outcomes: z.object({ IMPORTED: count, EXTENDED: count, UNCHANGED: count, DIFFERENT: count }),
  /** Of those imported. */
  messages: count,
  leftOut: count,
  /** The first of what was left out, and why. */
  reasons: z.array(z.object({ place: z.string(), reason: z.string() })),
  /** What ended it before the file's end, in words; null where it was read whole. What was kept until then stays. */
  stoppedBy: z.string().nullable(),
});

export type ImportReport = z.infer<typeof schema>;

export const maxReasons = 200;

/** The report that is kept with an import; null where there is none yet. @throws ZodError where it is none */
export function fromStoredReport(stored: unknown): ImportReport | null {
  return stored === null ? null : schema.parse(stored);
}
