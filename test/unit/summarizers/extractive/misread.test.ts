import { describe, expect, test } from 'vitest';
import { createExtractiveSummarizer } from '../../../../src/summarizers/extractive/extractive.ts';
import { stripFillers } from '../../../../src/summarizers/extractive/plain-speech.ts';
import { reportSentence } from '../../../../src/summarizers/extractive/reported.ts';
import { isGarbled } from '../../../../src/summarizers/extractive/understood.ts';

const NAMED = { speaker: { name: 'Ann', mayBecomeThey: true }, listener: { name: 'Bob', mayBecomeThey: true } };

function told(sentence: string): string | null {
  const reported = reportSentence(stripFillers(sentence), NAMED);
  return reported === null || isGarbled(reported) ? null : `${reported.subject} ${reported.rest}`;
}

const summarizer = createExtractiveSummarizer();

async function summarize(content: string) {
  const input = { title: '', language: 'en', style: 'CONCISE' as const, content, messages: [] };
  return summarizer.summarize(input, new AbortController().signal);
}

describe('is not told, as nobody said it so', () => {
  test.each([
    ['what one wants to shout to somebody else', 'I want to stand here and shout, Carla, will you dance with me?'],
    ['a title before a name', 'Good evening, Miss Park.'],
    ['an insult that asks', 'Are you stupid?'],
    ['an exclamation that is broken', 'How lucky you all life has been!'],
    ['disbelief', "I can't have lost my keys."],
    ['a blessing', "May this spring find you well and rich.'"],
    ['a proverb', 'When in Rome, do as the Romans do, they say.'],
    ['what anybody knows', 'Did you know that singing helps you breathe better?'],
    ['what anybody would have to', 'You would have to hire two people to clean it all.'],
    ['what anybody can', 'The house has a lift so you can bring a piano.'],
    ['what comes of it for anybody', 'After taking the tram at eight, you will love your bicycle.'],
    ['one of two alone', 'One date is not enough for you to know each other.'],
    ['what it means for anybody', 'Sharing a flat means you have to do the dishes.'],
    ['an assent', 'I completely agree with you.'],
    ['words taken back', 'I take that back.'],
    ['a bare question', 'What do you think?'],
    ['an offer of help with a slip', 'May I help yuo?'],
    ['a question without what it is about', 'About my driving test, did I do well?'],
    ['a question after a clause', 'When you pull the tooth will you also clean it?'],
    ['a suggestion within a sentence', "Seriously, whatever, let's make a bet."],
    ['a list of nouns', 'Name, address, nationality, and date of departure.'],
    ['people of a kind', 'People who are honest, devoted to their work and have integrity.'],
    ['a thing and why', 'Yogurt, because it has protein.'],
    ['a verb for a noun', 'Making programs is stimulate thoughts.'],
    ['a sentence cut in its list', 'She wore a red coat, a blue hat, and she.'],
    ['half a question', 'How old is your friend and why does he not read?'],
    ['a wish', 'Get well soon!'],
    ['a farewell', 'Say hi to Tom for me.'],
    ['a quip', 'Speak of the devil.'],
    ['a wave through', 'Go right ahead.'],
    ['a spelling that changes what is meant', 'I think your allergic to cats!'],
  ])('%s', (_, sentence) => {
    expect(told(sentence)).toBeNull();
  });
});

test.each([
  ['We arrived just now.', 'Ann says they arrived just now'],
  ["You know I'm not leaving until May.", 'Ann is not leaving until May'],
  ['I read some books about bread.', 'Ann read some books about bread'],
  ['I often read the news.', 'Ann often reads the news'],
  ['Drive on until you reach Elm Street.', 'Ann asks Bob to drive on until they reach Elm Street'],
  ['We have an exam on Friday, remember?', 'Ann says they have an exam on Friday'],
  ['I overheard somebody shout in the lift.', 'Ann overheard somebody shout in the lift'],
  ['Can I get to the harbour this way?', 'Ann asks whether they can get to the harbour this way'],
  ['Would you move if you had a garden?', 'Ann asks whether Bob would move if Bob had a garden'],
  [
    'You usually pay if you are late or are without a ticket.',
    'Ann says Bob usually pays if they are late or are without a ticket',
  ],
  ['I had better take a pill and have a rest.', 'Ann had better take a pill and have a rest'],
  ['Will you be joining Leo and me at the bar?', 'Ann asks whether Bob will be joining Leo and Ann at the bar'],
  ['Tell us the price you find fair.', 'Ann asks Bob to tell them the price Bob finds fair'],
  ['Smoking is bad for the plants.', 'Ann says smoking is bad for the plants'],
  ['Hundreds of people came.', 'Ann says hundreds of people came'],
  ['Spanish trains are fast.', 'Ann says Spanish trains are fast'],
  [
    'You peel the onions and wash them, then chop them.',
    'Ann tells Bob to peel the onions and wash them, then chop them',
  ],
  ['I have a really easy job.', 'Ann has an easy job'],
  ['Pls call the plumber today.', 'Ann asks Bob to call the plumber today'],
  ["Why don't I bring the car back on Monday?", 'Ann offers to bring the car back on Monday'],
  ['Does this tram go to the National Museum?', 'Ann asks whether this tram goes to the National Museum'],
  ['Sorry to have kept you waiting.', 'Ann is sorry to have kept Bob waiting'],
  [
    'I came to your shop on Monday and have come back today.',
    "Ann came to Bob's shop on Monday and has come back today",
  ],
  ['Is the town planning another bridge?', 'Ann asks whether the town is planning another bridge'],
  ['Is the lake in Bled always frozen in winter?', 'Ann asks whether the lake in Bled is always frozen in winter'],
  ["I'm fine with the plan, mom.", 'Ann is fine with the plan'],
])('%s is told as it was meant', (sentence, expected) => {
  expect(told(sentence)).toBe(expected);
});

test('whose friend is named is not who is spoken to', async () => {
  const { content } = await summarize(
    '#Person1#: It was that friend of yours, Melissa.\n#Person2#: The club at the harbour has a band on Friday.\n#Person1#: What do you want to do on Friday?',
  );
  expect(content).not.toMatch(/Melissa (?:says|asks|wants)|what Melissa/);
});

test('what is called at the end or in the middle is nobody who acts', async () => {
  const { content } = await summarize(
    'Eve: If you are ready, Mr. Bell, I will call the porter for your bags.\nMr. Bell: I am glad to see you so happy, Eve!',
  );
  expect(content).not.toMatch(/, Mr\. Bell,|, Eve\b/);
});

test.each([
  ['names something', 'I just moved in.\nThe bakery in Elm Street sells bread on Sunday.', /^Moved in$/],
  ['does not begin with a call', "Doris, Hill Mall has a big sale. Doris, let's go to Hill Mall.", /^Doris,/],
  ['agrees with its verb', 'Where are my pans?\nThe pans are in the oven.', /^Where is/],
])('a title %s', async (_, text, never) => {
  const [one = '', two = ''] = text.split('\n');
  expect((await summarize(`#Person1#: ${one}\n#Person2#: ${two}`)).title).not.toMatch(never);
});

test('what nobody was bidden to do is not to be done', async () => {
  const { actionItems } = await summarize(
    'Ann: Can you remember all the names of the guests?\nBob: You know, bring the chairs in and arrange the tables before they come.\nAnn: I have got to go.\nBob: I will always remember the party in your garden.',
  );
  expect(actionItems).toEqual([]);
});

test('where nothing can be retold, what is quoted says something', async () => {
  const { content } = await summarize('#Person1#: You know, he is not a kind man.\n#Person2#: Yeah.');
  expect(content).not.toMatch(/Yeah/);
});

test('a number, a noun and an irregular past are no order', () => {
  expect(told('Order 5521 left our warehouse today.')).toBe('Ann says order 5521 left their warehouse today');
  expect(told('In the evening, cross the bridge and taste the wine.')).toBeNull();
});

test('whoever is named beside what they are is not who is spoken to', async () => {
  const { content } = await summarize(
    '#Person1#: I applied for the job of an analyst in May.\n#Person2#: Your application for the job is with the manager, Ms. Chen.',
  );
  expect(content).toMatch(/^#Person1# applied for the job/);
});

test('a name in code ends no sentence', async () => {
  const { content } = await summarize(
    '#Person1#: How can I read a table in Python?\n#Person2#: Use csv.DictReader, which gives a row at a time.',
  );
  expect(content).not.toMatch(/says which|csv\. /);
});

test('"it" in an answer to much is told of nothing', async () => {
  const { content } = await summarize(
    'Ann: Can I end my contract early?\nBob: Yes, if you send us proof of your new address. The contract then ends in June.\nAnn: Where should I send it?\nBob: To the office in Elm Street.',
  );
  expect(content).not.toMatch(/send it/);
});

test.each(['Contact forms return an error.', 'Ring tones sound odd.', 'Cover letters matter.'])(
  '%s bids nobody anything',
  (sentence) => {
    expect(told(sentence) ?? '').not.toMatch(/(?:asks|tells) Bob to/);
  },
);

test('where nothing can be understood alone, what is talked about is told', async () => {
  const { content } = await summarize(
    '#Person1#: The coach was wrong to have blamed her before the whole team.\n#Person2#: If I were him, I would not have done that.',
  );
  expect(content).toMatch(/^#Person1# and #Person2# talk about the (?:coach|whole team)/);
});
