/** What both wire formats share. */

/** `2024-01-01T00:00:00Z`: UTC, to the second. */
export function wireTime(instant: Date): string {
  return `${instant.toISOString().slice(0, -5)}Z`;
}

/** As `wireTime`; null stays null. */
export function wireTimeOrNull(instant: Date | null): string | null {
  return instant === null ? null : wireTime(instant);
}

/** `POSITIVE` gives `positive`. */
export function toWireEnum<Name extends string>(name: Name): Lowercase<Name> {
  return name.toLowerCase() as Lowercase<Name>;
}

/** `positive` gives `POSITIVE`. */
export function fromWireEnum<Name extends string>(name: Name): Uppercase<Name> {
  return name.toUpperCase() as Uppercase<Name>;
}

/** Pages that `total` rows fill. */
export function pageCount(total: number, size: number): number {
  return Math.ceil(total / size);
}
