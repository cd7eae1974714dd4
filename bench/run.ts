/** `npm run bench -- [listeners|wake-ups] …`: what is measured, by its first word; the speed of reads where there is none. */
const [, , name] = process.argv;
if (name === 'listeners') await import('./listeners.ts');
else if (name === 'wake-ups') await import('./wake-ups.ts');
else await import('./speed/speed.ts');
