const longest = 64;

/**
 * Names for figures that others choose: each new one is a series that is kept for as long as the process lives, so past
 * `max` of them, and where one is long, all are `other`.
 */
export function createBoundedLabels(max: number): (name: string) => string {
  const known = new Set<string>();
  return (name) => {
    if (known.has(name)) return name;
    if (known.size >= max || name.length > longest) return 'other';
    known.add(name);
    return name;
  };
}
