import { describe, expect, test } from 'vitest';
import { withApostrophes } from '../../../../src/summarizers/extractive/apostrophes.ts';
import { leaningsOf } from '../../../../src/summarizers/extractive/leaning.ts';
import { stripFillers } from '../../../../src/summarizers/extractive/plain-speech.ts';
import { titleFrom } from '../../../../src/summarizers/extractive/titles.ts';
import { summarizeChat, toldOfAnn } from '../../../testkit/summaries.ts';

describe('codes stay letter by letter', () => {
  test.each(['QF-88KD-W2', 'b7Zk-19', 'HRTX-PLMB-QQAW'])('%s', async (code) => {
    const { content, title } = await summarizeChat(
      'U: My sailing voucher is refused.',
      'A: Could you send me the code on the voucher?',
      `U: ${code}`,
    );
    expect(`${content} ${title}`.toLowerCase().split(code.toLowerCase()).length).toBe(
      `${content} ${title}`.split(code).length,
    );
    expect(content).toContain(`says ${code}`);
  });

  test('in what is shouted', () => {
    expect(stripFillers('MY VOUCHER IS QF-88KD-W2')).toBe('My voucher is QF-88KD-W2');
  });
});

test.each([
  ['thats too far', "that's too far"],
  ['Its the wrong colour', "It's the wrong colour"],
  ['its good to know', "it's good to know"],
  ['the cat and its good ear', 'the cat and its good ear'],
  ['the shop and its owner', 'the shop and its owner'],
  ['im late and dont wait', "i'm late and don't wait"],
  ['it dosent float', "it doesn't float"],
  ['whats the price', "what's the price"],
  ['lets go, she lets him win', "let's go, she lets him win"],
  ['theres a hole, theyre wet and cant dry', "there's a hole, they're wet and can't dry"],
  ['an IM to Id and its', 'an IM to Id and its'],
])('%s', (written, meant) => {
  expect(withApostrophes(written)).toBe(meant);
});

test('what leans without its apostrophe leans', async () => {
  const { content } = await summarizeChat(
    'U: My boat is in the yard of Miller.',
    'A: The yard opens at nine.',
    'A: Repairs take three weeks in summer!',
    'U: thats too long for me and my family',
  );
  expect(content).not.toMatch(/that's|thats/);
});

test.each([
  ['According to the timetable it has left since Tuesday.', true],
  ['In the app it says nothing of trains.', true],
  ['In the mountains it is cold in May.', false],
  ['The train stood on the bridge and it was late.', false],
])('it after an opening phrase: %s', (sentence, isLeaning) => {
  expect(leaningsOf(sentence).has('thing')).toBe(isLeaning);
});

describe('salutations are neither told nor titles', () => {
  test.each([
    ['Dear gardening team, I am looking for a lemon tree.', 'Ann is looking for a lemon tree.'],
    ['Dear Mr. Falk, I need a new key for the cellar.', 'Ann needs a new key for the cellar.'],
  ])('%s', (sentence, expected) => {
    expect(`${toldOfAnn(sentence)}.`.replace('..', '.')).toBe(expected);
    expect(titleFrom(sentence)).not.toMatch(/dear|team|falk/i);
  });
});

test.each([
  ['I am moving to Turku in May and need a van.', 'Ann is moving to Turku in May and needs a van'],
  [
    'I would like to rent a boat from noon to six and need a map.',
    'Ann would like to rent a boat from noon to six and needs a map',
  ],
  ['I am at the lake and want a boat for two.', 'Ann is at the lake and wants a boat for two'],
  ['I have cut the hedge and put the ladder away.', 'Ann has cut the hedge and put the ladder away'],
  ['I do not swim and run the same day.', 'Ann does not swim and run the same day'],
  ['I will sell the boat and buy a tent.', 'Ann will sell the boat and buy a tent'],
])('the second verb: %s', (sentence, expected) => {
  expect(toldOfAnn(sentence)?.replace(/\.$/, '')).toBe(expected);
});

describe('a verb that follows is told as what it is', () => {
  test('what somebody hopes to be able to do, they do not do', async () => {
    const { content } = await summarizeChat(
      'U: I hope we can settle the price today and sign the contract on Monday.',
      'A: Yes, our lawyer has read the contract.',
    );
    expect(content).toContain('settle the price today and sign the contract');
  });

  test('tomorrow is no verb', async () => {
    const { content } = await summarizeChat(
      'U: My transfer of 300 euros is missing.',
      'A: Dana from our finance team will call you tomorrow.',
    );
    expect(content).toMatch(/will call the user tomorrow\.$/);
  });
});
