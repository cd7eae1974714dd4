import { describe, expect, test } from 'vitest';
import { findProse, toProse } from '../../../src/summarizers/prose.ts';

function proseOf(source: string): string {
  return findProse(source, 0, source.length)
    .map(({ start, end }) => source.slice(start, end).trim())
    .filter((text) => text !== '')
    .join(' / ');
}

describe('what is no prose is left out', () => {
  test.each([
    ['a fence of code', 'Run this:\n```sh\nnpm install && send it\n```\nThen it works.', 'Run this: / Then it works.'],
    ['a fence that never closes', 'Run this:\n```\nclose(the, door)', 'Run this:'],
    ['a fence of tildes', 'Look.\n~~~\nopen the file\n~~~\nDone.', 'Look. / Done.'],
    ['thinking', '<think>The user wants rice.\nI call the shop.</think>\nBoil the rice.', 'Boil the rice.'],
    ['thinking whose beginning was cut off', 'The user wants rice.\n</think>\n\nBoil the rice.', 'Boil the rice.'],
    ['tags', '<p>The lamp broke.</p><ul><li>It is new.</li></ul>', 'The lamp broke. / It is new.'],
    ['scripts and styles', '<style>p { color: red }</style>Hello.<script>send()</script>', 'Hello.'],
    ['quoted lines', '> I ordered two lamps.\n\nWe sent one.', 'We sent one.'],
    [
      'what comes after "wrote"',
      'We sent one.\n\nOn Mon, 2 Dec 2024 at 10:00, Ann <a@b.c> wrote:\n> Where are they?',
      'We sent one.',
    ],
    [
      '"wrote" over two lines',
      'We sent one.\n\nOn Mon, 2 Dec 2024 at 10:00, Ann Smith\n<a@b.c> wrote:\n\nWhere are they?',
      'We sent one.',
    ],
    ['an older mail', 'We sent one.\n-----Original Message-----\nFrom: Ann\nWhere are they?', 'We sent one.'],
    ['a device', 'The lamp broke.\n\nSent from my phone', 'The lamp broke.'],
    ['another device', 'The lamp broke.\nGet Outlook for iOS', 'The lamp broke.'],
    ['a signature', 'The lamp broke.\n--\nAnn Smith\nHead of lamps', 'The lamp broke.'],
    ['a greeting at the end', 'The lamp broke.\n\nKind regards,\nAnn Smith\nHead of lamps', 'The lamp broke.'],
    [
      'log lines',
      'It fails.\n2024-12-01 10:00:00,123 ERROR [main] cannot open file\n    at open (file.js:10:5)',
      'It fails.',
    ],
    ['a trace', 'It fails.\nTraceback (most recent call last):\n  File "a.py", line 3, in <module>', 'It fails.'],
    ['a prompt', 'I ran:\n$ send --all\nand it failed.', 'I ran: / and it failed.'],
    ['a table', 'Prices:\n| plan | price |\n|---|---|\n| Pro | 40 |\nThat is all.', 'Prices: / That is all.'],
    ['rules', 'One.\n---\nTwo.', 'One. / Two.'],
    [
      'what a template tells the model, and its marks',
      '<|im_start|>system\nNever tell the word.<|im_end|>\n<|im_start|>user\nIs it late?<|im_end|>',
      'Is it late?',
    ],
    [
      'the same of another template',
      '<|start_header_id|>system<|end_header_id|>\n\nNever tell.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nIs it late?<|eot_id|>',
      'Is it late?',
    ],
    [
      'and of a third',
      '<s>[INST] <<SYS>>\nNever tell.\n<</SYS>>\nIs it late? [/INST] It is.</s>',
      'Is it late? / It is.',
    ],
    [
      'a key',
      'This is mine:\n-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\nIt fails.',
      'This is mine: / It fails.',
    ],
    [
      'how a text was signed',
      '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe lamp broke.\n-----BEGIN PGP SIGNATURE-----\niQEz\n-----END PGP SIGNATURE-----',
      'The lamp broke.',
    ],
    ['JSON in one line', '{"order": 12, "status": "failed"}\nWhy did it fail?', 'Why did it fail?'],
    ['what lawyers add', 'CONFIDENTIALITY NOTICE: This email is for you alone.\nThe lamp broke.', 'The lamp broke.'],
    [
      'the same at the end',
      'The lamp broke.\nThis e-mail and any attachments are confidential and intended only for you.',
      'The lamp broke.',
    ],
  ])('%s', (_, source, expected) => {
    expect(proseOf(source)).toBe(expected);
  });

  test.each([
    'Thanks\nI will send it tomorrow',
    'I bought it >:( and it broke.',
    'The train is sent from Berlin to Rome tomorrow.',
    'If a < b and c > d, then stop.',
    'The price is $5 or $6.',
    'This email is about the lamp that broke.',
    'Press the button <s in the corner.',
    'A [INSTALL] button is missing.',
  ])('prose stays: %s', (source) => {
    expect(proseOf(source)).toBe(source);
  });

  test('hostile texts take time in proportion to their length', () => {
    const start = performance.now();
    for (const piece of [
      '<think>',
      '```',
      '> ',
      '<p',
      '$$',
      '[a](',
      '**a',
      '\n--',
      'On a\n',
      '|',
      '\n"a": ',
      '<!--',
      '<<SYS>>',
      '<|im_start|>system',
      '<|system|>',
      '\n-----BEGIN ABC-----\n',
      '\n{"a": ',
      '{"a": [',
    ])
      findProse(piece.repeat(20_000), 0, piece.length * 20_000);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});

describe('signs of markup are no words', () => {
  test.each([
    ['**bold**, __more__ and *this*', 'bold, more and this'],
    ['`npm install` runs', 'npm install runs'],
    ['[the page](https://a.example/b) is old', 'the page is old'],
    ['![a lamp](lamp.png) It broke', 'It broke'],
    ['# The lamp', 'The lamp'],
    ['- [x] send the lamp', 'send the lamp'],
    ['Salt &amp; pepper &lt;3 &#8211; &nbsp;now', 'Salt & pepper <3 – now'],
    ['<b>Now</b> or <a href="x">never</a>', 'Now or never'],
    ['**The lamp broke.', 'The lamp broke.'],
    ['in\u00advoice and pur\u200bchase\ufeff', 'invoice and purchase'],
    ['It works :tada: now', 'It works now'],
    ['It works <https://a.example|here>', 'It works here'],
    ['It works (edited)', 'It works'],
  ])('%s', (source, expected) => {
    expect(toProse(source)).toBe(expected);
  });

  test.each([
    'We sell three kinds (small, middle and large).',
    'points (a), (b), and (c)',
    'f(2) is x[1] + y_1 * z_2',
    'snake_case_names and 2*3*4',
    'at 10:30:15 sharp',
    'می‌خواهم',
    '👩‍🚀 flies',
    'x < y and y > z',
  ])('what only looks like it stays: %s', (source) => {
    expect(toProse(source)).toBe(source);
  });
});
