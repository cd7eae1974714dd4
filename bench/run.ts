/** `npm run bench -- [listeners] …`: what is measured, by its first word; the speed of reads where there is none. */
const [, , name] = process.argv;
if (name === 'listeners') await import('./listeners.ts');
else await import('./speed/speed.ts');
