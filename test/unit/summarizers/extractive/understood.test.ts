import { describe, expect, test } from 'vitest';
import { createExtractiveSummarizer } from '../../../../src/summarizers/extractive/extractive.ts';
import { leansOnAnother, leansOnAPerson, leansOnSeveral } from '../../../../src/summarizers/extractive/leaning.ts';
import { namesSeveral, namesSomebody, namesSomething } from '../../../../src/summarizers/extractive/named.ts';
import { reportSentence } from '../../../../src/summarizers/extractive/reported.ts';
import { isGarbled } from '../../../../src/summarizers/extractive/understood.ts';

const NAMED = { speaker: { name: 'Ann', mayBecomeThey: true }, listener: { name: 'Bob', mayBecomeThey: true } };

function told(sentence: string): string | null {
  const reported = reportSentence(sentence, NAMED);
  return reported === null || isGarbled(reported) ? null : `${reported.subject} ${reported.rest}`;
}

const summarizer = createExtractiveSummarizer();

async function summarize(text: string) {
  const lines = text.split('\n');
  const isRoles = /^[UA]: /.test(text);
  const messages = lines.map((line, at) => ({
    id: `m${at}`,
    role: line.startsWith('U') ? ('USER' as const) : ('ASSISTANT' as const),
    content: line.slice(3),
  }));
  const input = { title: '', language: 'en', style: 'CONCISE' as const };
  return summarizer.summarize(
    isRoles ? { ...input, content: null, messages } : { ...input, content: text, messages: [] },
    new AbortController().signal,
  );
}

describe('what nobody can make sense of is left out', () => {
  test.each([
    ['a sentence without the one who does it', 'Was wearing a pair of basketball shoes.'],
    ['letters that are left of a word', "'m not thinking straight."],
    ['a figure for a word', "1 didn't think I'd be able to drive today."],
    ['a sign for a word', 'I drew a blank on ~ about the test.'],
    ['a sentence that breaks off', 'I am still pretty busy, but...'],
    ['a clause that breaks off', 'People think so, but after we all have a few beers.'],
    ['words that ran together', "I don't agree with thatbecause computers weaken kids'ability to think."],
    ['half of a quotation', 'He said "the car door is open.'],
    ['a noun that is told which one it is, and no more', 'The copper Buddha you wanted.'],
    ['people of a kind, and no more', 'People who are honest and have integrity.'],
    ['a reason without what it is the reason of', "Obviously because there's a law against dogs."],
    ['what nobody can do', "Don't brother me!"],
    ['what comes of something, said as an order', 'Keep working hard, and then you will get another chance.'],
    ['more who are spoken to than one', 'You two are so health-conscious.'],
    ['what anybody can', 'I love hiking because you can get close to nature.'],
    ['what one says that does not feel like it', "Don't feel like it."],
    ['half of a quotation in single marks', "She used to say 'raising the pigs, raising the kids."],
    ['what is assured, and is not said', 'I can assure you.'],
    ['an order after its place', 'For the first drive, put the ball on the tee.'],
    ['not knowing what', "I don't know."],
    ['an order that is not read as one', 'Turn left at the second stop light.'],
    ['a call and no more', 'Veronica, wait!'],
    ['a condition without what comes of it', 'We promise that if the products are sold out in two months.'],
    ['a greeting that asks', 'How are you Mrs. Brandon?'],
    ['a question that asks nothing', "Don't you think so?"],
    ['a verb that stands twice', "It's sounds like fun."],
    ['a verb for another', "We don't haven any."],
    ['two sentences without a stop', "A job's a job Gotta earn money for school."],
    ['a verb without the one who does it', 'There are times when get pretty tired at my job.'],
    ['advice that was said before', "You'd better not."],
    ['an answer without its verb', 'A little bit expensive, but I will buy one.'],
    ['a thing with what is hoped of it, and no more', 'An article I hope I can sell.'],
    ['a place that was not named', "Pass the gym and it's the first door on your left."],
    ['an idiom', 'You got me.'],
    ['hesitation in the middle', 'The first four years, but uh, I grew up in Calgary.'],
    ['what is said with a quotation mark that stands alone', "' The Irishman had brought a car door."],
    ['a question that answers another', "I'm pretty good, you?"],
  ])('%s', (_, sentence) => {
    expect(told(sentence)).toBeNull();
  });
});

test.each([
  ['Can you tell me exactly what happened.', 'Ann asks Bob to tell them exactly what happened'],
  ['What do you say we take a break?', 'Ann suggests that they take a break'],
  ["Now that you mention it, I'm getting a little tired.", 'Ann is getting a little tired'],
  ['Like I said, the person was tall.', 'Ann says the person was tall'],
  ["Chillon, I'm trying to help.", 'Ann is trying to help'],
  ['Here, we made some carrot juice.', 'Ann says they made some carrot juice'],
  ["I've started eating better myself.", 'Ann has started eating better'],
  ['It is an easy way to get hurt, let me tell you.', 'Ann says it is an easy way to get hurt'],
  ['How is your mother feeling these days?', "Ann asks how Bob's mother is feeling these days"],
  ['How is the building doing?', 'Ann asks how the building is doing'],
  ['I have a cough and I feel tired.', 'Ann has a cough and they feel tired'],
  ['Why is the face tilted to the right?', 'Ann asks why the face is tilted to the right'],
  ['When were you born, may I ask?', 'Ann asks when Bob was born'],
  ['Doris, the mall is having a big sale.', 'Ann says the mall is having a big sale'],
  ["I am, and I'm so excited.", 'Ann is so excited'],
  ['Would you mind changing the date?', 'Ann asks whether Bob would mind changing the date'],
  ['How do I look?', 'Ann asks how they look'],
  ["I'II make a reservation.", 'Ann will make a reservation'],
  ['I am Carla and my card was stolen in Lisbon.', "Ann's card was stolen in Lisbon"],
  ['Hello, this is Ann Lee from Acme Corp, our invoice is missing.', 'Ann says their invoice is missing'],
  ['The printer shows [model 5] on its screen.', 'Ann says the printer shows [model 5] on its screen'],
  ['I already put signs up for room 101.', 'Ann already put signs up for room 101'],
  ['Plus also covers water damage.', 'Ann says Plus also covers water damage'],
  ['I deleted the folder "Invoices 2023".', 'Ann deleted the folder "Invoices 2023"'],
  [
    'The hats are not only a tradition in the southern part of our great country, they are said to bring good luck to all who wear them.',
    'Ann says the hats are not only a tradition in the southern part of their great country, they are said to bring good luck to all who wear them',
  ],
])('%s is told as it was meant', (sentence, expected) => {
  expect(told(sentence)).toBe(expected);
});

test.each([
  "I'll order it tonight.",
  'Does she need another prescription?',
  'I took that class last year.',
  'Can I purchase that here?',
  'Two good examples are Seattle and Portland.',
  'I need you to sign these before I leave.',
  'I am not carrying this one to the wedding.',
  'I am looking for her number.',
  "I guess that's because so many people drop out.",
  "I don't believe it's a good choice to keep those pets.",
  'We will find you one.',
  'Have you got a larger size?',
  'Would you have a look at this green one?',
  'I would have a talk with this employee.',
  "If that's the case, you will need proof.",
  'I think it is boring.',
  "We don't have any.",
  'On my body, it looks terrible.',
  'I think it is the most important element of Chinese decorating.',
  'Why do you think that one is better?',
  "I don't think the teacher had a right to say that.",
  'Which of the two do you like?',
])('%s is not understood alone', (sentence) => {
  expect(leansOnAnother(sentence)).toBe(true);
});

test.each([
  'Is it possible to schedule reports by email?',
  'I lost my keys and cannot find them.',
  'My mother says she will come.',
  'The book that I ordered has not arrived.',
  'I think that the price is too high.',
  'The blender leaks, and it is only a week old.',
  'I think it is a pity that the shop closes.',
  'I think that prices are too high.',
  'I would like to see that digital camera.',
  'My dogs are old, but I love those dogs.',
])('%s is understood alone', (sentence) => {
  expect(leansOnAnother(sentence)).toBe(false);
});

test('a price that is spaced out is one price, and its sentence one sentence', async () => {
  const { content, citations } = await summarize(
    'U: Hi, I was charged $ 36. 78 twice on my card yesterday.\nA: I see two charges.',
  );
  expect(content).toMatch(/charged \$36\.78 twice/);
  expect(citations.map(({ quote }) => quote)).toContain('Hi, I was charged $ 36. 78 twice on my card yesterday.');
});

test('whoever is told of by two names is not who is spoken to', async () => {
  const { content } = await summarize(
    '#Person1#: My baby needs a babysitter tonight.\n#Person2#: There is a girl I know, Sara Ralston.',
  );
  expect(content).not.toMatch(/^Sara Ralston/);
});

test('stars that hide an address or a number stay', async () => {
  const { content } = await summarize(
    'U: The card ****4421 was refused by the shop today.\nA: The link went to j***@example.com this morning.',
  );
  expect(content).toContain('****4421');
});

test('what leans on a sentence that is not told is not told either', async () => {
  const { content } = await summarize(
    'Anna: I will order it tonight.\nBen: The workshop on Friday is moved to room 204.\nAnna: The projector in room 101 is broken.\nBen: The signs for the workshop are up in room 101.',
  );
  expect(content).toMatch(/moved to room 204/);
  expect(content).not.toMatch(/order it/);
});

describe('"it" and "she" are told', () => {
  test('only right after what they speak of', async () => {
    const { content } = await summarize(
      '#Person1#: I wear a watch at work in the harbour every day.\n#Person2#: My cat is ill and the vet in the harbour is closed.\n#Person1#: She should see the vet in Elm Street.\n#Person2#: The vet in Elm Street has a photo of the harbour.\n#Person1#: She is three months old, I guess.',
    );
    expect(content).not.toMatch(/three months/);
  });

  test('of somebody, where somebody was named', () => {
    expect(leansOnAPerson('She is only three months old.')).toBe(true);
    expect(leansOnAPerson('My sister says she will come.')).toBe(false);
    expect(namesSomebody('I am busy with my new cat.')).toBe(true);
    expect(namesSomebody('The pictures are on my phone.')).toBe(false);
    expect(namesSomebody("I'm nervous talking to girls.")).toBe(false);
  });
});

test('"yes" and "no" answer whether, and not how', async () => {
  const { content } = await summarize(
    '#Person2#: Do you know how espresso got its name?\n#Person1#: No.\n#Person2#: Espresso is pressed through the coffee in a few seconds.',
  );
  expect(content).not.toMatch(/says no/);
});

test("an exclamation is nobody's name", async () => {
  const { content } = await summarize(
    '#Person1#: Gosh, I was hoping you could look at my car this afternoon.\n#Person2#: Yuck, I hate to wash the wheels of a car.',
  );
  expect(content).not.toMatch(/\b(?:Gosh|Yuck)\b/);
});

test('where nothing can be retold, what stands alone is quoted', async () => {
  const { content } = await summarize(
    '#Person1#: You know, he is not a kind man.\n#Person2#: Not a kind man at all, the new landlord.',
  );
  expect(content).not.toMatch(/he is not/);
});

test('"they" are several, and "it" is nobody with a title', () => {
  expect(leansOnSeveral("I'm trying to make them quiet.")).toBe(true);
  expect(namesSeveral('I cannot concentrate on my paper.')).toBe(false);
  expect(namesSeveral('Are your children always so loud?')).toBe(true);
  expect(namesSomething("What's the problem, Ms. Murphy?")).toBe(false);
});

test('whoever says who they are at the end is not who is spoken to', async () => {
  const { content } = await summarize(
    "#Person1#: I'm your new neighbor, Jack. I'm looking for a grocery store.\n#Person2#: There is a grocery store on Pine Street.",
  );
  expect(content).toMatch(/^Jack is #Person2#'s new neighbor and is looking for a grocery store/);
});

test('what goes on after "and" is no order', async () => {
  const { content } = await summarize(
    '#Person1#: Roman is living in Rome, of course. And go to work by car, or bus, or on foot.\n#Person2#: The Romans do what everyone does.',
  );
  expect(content).not.toMatch(/asks #Person2# to go/);
});

describe('in a chat of more than two', () => {
  test('whoever is called by name is asked', async () => {
    const { content } = await summarize(
      'Maria: Has anybody seen the draft of the contract?\nTom: I sent the draft to you and Leo on Tuesday.\nLeo: The draft never arrived here.\nMaria: The draft is here now.\nTom: Done. Leo, can you sign the contract by Monday?\nLeo: Yes, but our lawyer reads the contract first.',
    );
    expect(content).toMatch(/Tom asks Leo to sign the contract by Monday/);
    expect(content).not.toMatch(/asks Maria to sign|to Maria and Leo/);
  });

  test('"you" is nobody where nobody knows who is meant', async () => {
    const { content, actionItems } = await summarize(
      'Nina: The build fails on main since this morning.\nOmar: The lock file of the build was forgotten.\nNina: You should add a check for the lock file to the build.\nPetra: The release of the build is at three.',
    );
    expect([content, ...actionItems.map(({ text }) => text)].join(' ')).not.toMatch(/advises/);
  });
});

describe('a title', () => {
  test.each([
    ['is no fragment', 'U: May I come in, please?\nA: The office is open until five for visitors.', /come in/i],
    [
      'does not speak of what nobody knows',
      'U: Is there any way to get it back?\nA: Deleted folders stay in the bin for 30 days.',
      /get it back/i,
    ],
    [
      'does not end in the middle',
      'U: Our API calls return 502 since this morning.\nA: A release was rolled back at 09:05.',
      / since$/,
    ],
  ])('%s', async (_, text, never) => {
    expect((await summarize(text)).title).not.toMatch(never);
  });

  test('of topics has the capitals of names', async () => {
    const { title } = await summarize(
      '#Person1#: Just one more signature here, Sherry.\n#Person2#: There you are, Sherry has it.',
    );
    expect(title).not.toMatch(/\bsherry\b/);
  });
});
