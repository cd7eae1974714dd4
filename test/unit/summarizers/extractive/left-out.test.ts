import { describe, expect, test } from 'vitest';
import { leaningsOf } from '../../../../src/summarizers/extractive/leaning.ts';
import { titleFrom } from '../../../../src/summarizers/extractive/titles.ts';
import { summarizeChat, toldOfAnn } from '../../../testkit/summaries.ts';

describe('a message of which nobody knows what it says', () => {
  test.each([
    'I will remind you.',
    'We will inform the tenants by Friday.',
    'Please tell the woman at the counter.',
    "I'll let the crew know right away.",
    'We will notify you if necessary.',
    'Please do not forget to remember.',
    'I have asked our vet, Dr. Stern.',
    'We apologise, Stern speaking.',
  ])('%s', (sentence) => {
    expect(toldOfAnn(sentence)).toBeNull();
  });

  test.each([
    ['I will remind you of the parade.', 'Ann will remind Bob of the parade'],
    [
      'We will inform the tenants that the lift is shut.',
      'Ann says they will inform the tenants that the lift is shut',
    ],
  ])('but: %s', (sentence, expected) => {
    expect(toldOfAnn(sentence)?.replace(/\.$/, '')).toBe(expected);
  });
});

test.each([
  ['Please write your seat number on it.', true],
  ['I have a card with your seat number on it.', false],
  ['Take the blue crate and put the lid on it.', false],
])('it beside what belongs to it: %s', (sentence, isLeaning) => {
  expect(leaningsOf(sentence).has('thing')).toBe(isLeaning);
});

test('what takes ten minutes is something that is done', async () => {
  const lines = ['U: Is the sauna hot already?', 'A: The stove is still cold. It will take ten minutes.'];
  expect((await summarizeChat(...lines)).content).not.toContain('ten minutes');
});

describe('titles', () => {
  test.each([
    ['Would you like a seat by the window or the aisle?', 'Seat by the window or the aisle'],
    ['Would you like to?', null],
    ['Will you mind the gap in the fence?', null],
    ['The ferry is full on Sunday?', 'Ferry is full on Sunday'],
    ['How deep is the harbour in winter?', 'How deep is the harbour in winter?'],
    ['Could you also mend the gate of the yard?', 'Mend the gate of the yard'],
    ['RT-5521-QX', null],
    ['I mend it since last winter.', null],
    ['I would like to move to Turku in May and need a van.', 'Move to Turku in May'],
    ['My phone number is 555 0142.', null],
    ['Your colleagues have repaired it with tape.', null],
  ])('%s', (sentence, title) => {
    expect(titleFrom(sentence)).toBe(title);
  });
});

describe('what is to be done', () => {
  const items = async (...lines: string[]): Promise<string[]> =>
    (await summarizeChat(...lines)).actionItems.map(({ text }) => text);

  test('is not what was refused', async () => {
    expect(
      await items('U: My tent has a hole.', 'A: I will send you a patch for ten euros.', 'U: No, keep your patch.'),
    ).toEqual([]);
    expect(
      await items('U: My tent has a hole.', 'A: I will send you a patch for ten euros.', 'U: No problem, thanks.'),
    ).toEqual(['The assistant will send the user a patch for ten euros.']);
  });

  test('names what it is', async () => {
    expect(
      await items('U: My tent has a hole, and the zip is torn.', 'A: The tent is old. I will mend it next week.'),
    ).toEqual([]);
    expect(await items('U: Could you repair the zip of my tent?', 'A: Of course, I will mend it next week.')).toEqual([
      'The user asks the assistant to repair the zip of their tent.',
      'The assistant will mend it next week.',
    ]);
  });
});
