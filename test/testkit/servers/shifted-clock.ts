import { readFileSync } from 'node:fs';

/**
 * Loaded before a process's own modules: its clock is off by as many milliseconds as CLOCK_FILE says, read anew at each SIGUSR2.
 * What goes by `performance.now()` and timers goes on as it was, as when a machine's clock is set.
 */
const file = process.env['CLOCK_FILE'] ?? '';
let shiftMs = 0;
process.on('SIGUSR2', () => {
  shiftMs = Number(readFileSync(file, 'utf8'));
  process.stdout.write(`{"clockShiftMs":${shiftMs}}\n`);
});

const TrueDate = Date;
globalThis.Date = new Proxy(TrueDate, {
  construct: (target, given, self) =>
    Reflect.construct(target, given.length === 0 ? [target.now() + shiftMs] : given, self),
  apply: (target) => new target(target.now() + shiftMs).toString(),
  get: (target, name, self) => (name === 'now' ? () => target.now() + shiftMs : Reflect.get(target, name, self)),
});
