import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../testkit/doc-blocks.ts';

const pages = [
  'README.md',
  'docs/clients/README.md',
  'examples/live-summaries/README.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** As GitHub makes an anchor of a heading. */
function anchorOf(heading: string): string {
  const text = heading.replaceAll(/\[((?:\\.|[^\]])*)\]\([^)]*\)/g, '$1');
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function anchorsOf(file: string): Set<string> {
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm);
  return new Set([...headings].map(([, heading = '']) => anchorOf(heading)));
}

test.each(pages)('every link of %s leads somewhere', (page) => {
  const text = readFileSync(path.join(root, page), 'utf8').replaceAll(/```[\s\S]*?```/g, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const anchors = new Map<string, Set<string>>();
  const broken = links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [target = '', anchor] = link.split('#');
    const file = target === '' ? path.join(root, page) : path.resolve(root, path.dirname(page), target);
    if (!existsSync(file)) return true;
    if (anchor === undefined) return false;
    if (!anchors.has(file)) anchors.set(file, anchorsOf(file));
    return anchors.get(file)?.has(anchor) !== true;
  });
  expect(broken).toEqual([]);
});

test('the index names every page', () => {
  const index = readFileSync(path.join(root, 'docs/README.md'), 'utf8');
  const others = pages.filter((page) => /^docs\/[^/]+\.md$/.test(page) && page !== 'docs/README.md');
  expect(others.filter((page) => !index.includes(`(${path.basename(page)})`))).toEqual([]);
});

test('every folder of src has its line in the table of the layout', () => {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const folders = readdirSync(path.join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).filter((name) => !readme.includes(`\`src/${name}/`))).toEqual([]);
});
