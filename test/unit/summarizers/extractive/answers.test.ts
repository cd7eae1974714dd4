import { describe, expect, test } from 'vitest';
import { summarizeChat, toldOfAnn } from '../../../testkit/summaries.ts';

describe('what is denied and asked in one is said', () => {
  test.each([
    ['You are not the caretaker, are you?', 'Ann says Bob is not the caretaker'],
    ["The pool isn't heated, is it?", "Ann says the pool isn't heated"],
    ["The boats don't run in winter, do they?", "Ann says the boats don't run in winter"],
    ["The lift won't stop on the fifth floor, will it?", "Ann says the lift won't stop on the fifth floor"],
    ['There was no bell in the tower, was there?', 'Ann says there was no bell in the tower'],
    ["The pool is heated, isn't it?", 'Ann asks whether the pool is heated'],
    ["The boats run in winter, don't they?", 'Ann asks whether the boats run in winter'],
  ])('%s', (sentence, expected) => {
    expect(toldOfAnn(sentence)).toBe(expected);
  });
});

describe('yes and no are not told after a question that denies', () => {
  test.each([
    ["The pool isn't heated, is it?", 'No.'],
    ["Don't the boats run in winter?", 'No.'],
    ["Isn't the pool heated in winter?", 'Yes.'],
  ])('%s %s', async (question, answer) => {
    const content = (await summarizeChat(`U: ${question}`, `A: ${answer}`, 'A: The season begins in April.')).content;
    expect(content).not.toMatch(/says (?:yes|no)\b/);
  });

  test('they are after one that does not', async () => {
    expect((await summarizeChat('U: Is the pool heated in winter?', 'A: Yes.')).content).toContain(
      'asks whether the pool is heated in winter, and the assistant says yes',
    );
  });
});

describe('of several questions in one message', () => {
  test('an answer is not joined to another than its own', async () => {
    const content = (
      await summarizeChat(
        'U: 1) Do you rent out kayaks? 2) How deep is the lake? 3) Is there a sauna in the hotel?',
        'A: We rent out kayaks from May to August.',
      )
    ).content;
    expect(content).not.toMatch(/sauna in the hotel, and/);
    expect(content).not.toMatch(/deep the lake is, and/);
  });

  test('a bare answer is joined to none', async () => {
    const content = (
      await summarizeChat('U: Is the sauna free on Mondays? And is there a lift to the roof?', 'A: Yes.')
    ).content;
    expect(content).not.toContain('says yes');
  });

  test('one that asks twice gets no bare answer', async () => {
    const content = (await summarizeChat('U: Is the sauna free on Mondays, and do you lend towels?', 'A: No.')).content;
    expect(content).not.toContain('says no');
  });

  test('an answer in the words of one is joined to it', async () => {
    const content = (
      await summarizeChat(
        'U: Is it warm? Do you rent out wooden kayaks to beginners and to whole school classes?',
        'A: We rent out wooden kayaks from May to August.',
      )
    ).content;
    expect(content).toContain('to whole school classes, and the assistant says they rent out wooden kayaks');
  });
});
