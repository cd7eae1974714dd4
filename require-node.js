// Plain JavaScript, which a Node that is too old for the rest reads as well.
const needed = 24;
if (Number.parseInt(process.versions.node, 10) < needed) {
  console.error(
    `convograph runs on Node ${needed} or newer, and this is ${process.versions.node}. ` +
      '`npm ci --include=dev` brings one along; after `npm prune --omit=dev` it runs on a Node of your own.',
  );
  process.exit(1);
}
