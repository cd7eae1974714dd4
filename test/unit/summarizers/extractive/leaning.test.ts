import { describe, expect, test } from 'vitest';
import { createExtractiveSummarizer } from '../../../../src/summarizers/extractive/extractive.ts';
import { leaningsOf, leansOnAnother } from '../../../../src/summarizers/extractive/leaning.ts';

const summarizer = createExtractiveSummarizer();

async function summarize(content: string) {
  const input = { title: '', language: 'en', style: 'CONCISE' as const, content, messages: [] };
  return summarizer.summarize(input, new AbortController().signal);
}

describe('what a sentence speaks of without a word for it', () => {
  test.each([
    ['a thing', 'I think it is very noisy.', 'thing'],
    ['a thing, with a measure for its only noun', 'You would pay ninety dollars to repair it.', 'thing'],
    [
      'a thing, with only a place named',
      'I was waiting outside the bakery and somebody ran past and grabbed it.',
      'thing',
    ],
    ['a thing that another has', 'I bought mine at the harbour.', 'thing'],
    ['one of several', 'I think there is one across from the station.', 'thing'],
    ['a wish for another', 'I prefer something lighter.', 'thing'],
    ['what was said before', 'A small thing like this should not worry you.', 'thing'],
    ['what others do', 'On such a day, most people do.', 'thing'],
    ['what this shows', 'I think this proves how old the town is.', 'thing'],
    ['somebody told of before', 'We became friends with the guy.', 'thing'],
    ['a thing that it is part of', 'This part of it is made of wood.', 'thing'],
    ['what is done anew', 'I will re-work it.', 'thing'],
    ['a pair of what was named', 'Can you get a pair for me?', 'thing'],
    ['what was decided before', 'I hope this decision helps.', 'thing'],
    ['several, with one thing named', 'What is the difference between them?', 'several'],
    ['who uses what was named', 'I enjoy the instruments that they use.', 'several'],
    ['whose it is', 'I heard that one of their dishes is famous.', 'people'],
    ['a firm', 'Luckily they offered me a desk by the window.', 'people'],
    ['somebody else than the one who acts', 'The teacher was wrong to have accused her.', 'person'],
    ['a place, with a tour of one named', 'They held a museum tour there.', 'place'],
    ['a time', 'Will you have the room ready by then?', 'thing'],
    ['a place', 'Meet me there with the books.', 'place'],
    ['what is pointed at', 'Please sign these.', 'hand'],
  ])('%s', (_, sentence, leaning) => {
    expect([...leaningsOf(sentence)]).toContain(leaning);
  });

  test.each([
    'My oven is old, but it still works.',
    'We flew to Lima and stayed there for a week.',
    'My neighbours say they will move out.',
    'Somebody left the gate open and he got out.'.replace('he', 'the dog'),
    'I do not know who did.',
    'It is hard to park near the market.',
    'She asked where the keys were.'.replace('She', 'My aunt'),
    'This lamp needs a new bulb.',
    'There is one problem with the invoice.',
  ])('%s speaks of nothing else', (sentence) => {
    expect(leansOnAnother(sentence)).toBe(false);
  });
});

describe('what leans on another sentence is told', () => {
  test('right after the one that names it', async () => {
    const { content } = await summarize(
      'Mia: Which bus goes to the zoo?\nOle: Bus 9 goes to the zoo in the park.\nMia: When does the zoo in the park open?\nOle: It opens at nine in summer.',
    );
    expect(content).toMatch(/asks when the zoo in the park opens, and Ole says it opens at nine/);
  });

  test('and not where the one before it named another', async () => {
    const { content } = await summarize(
      'Mia: I am looking for a baker in this street.\nOle: The baker in this street is next to the bank.\nMia: And is there a chemist?\nOle: The chemist is in the town of Elm.\nMia: I am new in this street.\nOle: There is one across from the bank.',
    );
    expect(content).not.toMatch(/there is one across/);
  });

  test('and not where it goes on from what another said', async () => {
    const { content } = await summarize(
      'Mia: Is the lake in Bled always frozen in winter?\nOle: Not at all, I would say.\nOle: On the contrary, there are many warm days, even in January.\nMia: The hotel at the lake in Bled is open in winter.',
    );
    expect(content).not.toMatch(/many warm days/);
  });

  test('and not where "his" may be of another than the one who was named', async () => {
    const { content } = await summarize(
      'Mia: Our son speaks Danish and he likes school.\nOle: Does he look like you?\nMia: He is tall. My husband says his eyes are blue like the sea.\nOle: School begins in Denmark in August.',
    );
    expect(content).not.toMatch(/his eyes/);
  });
});

test('what is to be done stands alone', async () => {
  const { actionItems } = await summarize(
    'Mia: My sister needs the keys of the flat.\nOle: I will call her tomorrow morning then.\nMia: Please send me the contract by Friday.',
  );
  expect(actionItems.map(({ text }) => text)).toEqual(['Mia asks Ole to send them the contract by Friday.']);
});
