import { describe, expect, test } from 'vitest';
import { createExtractiveSummarizer } from '../../../../src/summarizers/extractive/extractive.ts';
import { reportSentence } from '../../../../src/summarizers/extractive/reported.ts';

const NAMED = { speaker: { name: 'Ann', mayBecomeThey: true }, listener: { name: 'Bob', mayBecomeThey: true } };

function told(sentence: string): string | null {
  const reported = reportSentence(sentence, NAMED);
  return reported === null ? null : `${reported.subject} ${reported.rest}`;
}

describe('a sentence with a finite verb of its own is no order', () => {
  test.each([
    'Order 1234 is cancelled.',
    'Order number 5567 was shipped yesterday.',
    'Order 99 arrived broken.',
    'Book 3 is out of stock.',
    'Email address is ann@example.com.',
    'Return labels are attached to this mail.',
    'Contact details are on the website.',
    'Call centre is closed on Sundays.',
    'Check 12 bounced.',
    'Change requests take two days.',
    'Refund policy allows returns within 30 days.',
    'Return shipping costs five euros.',
    'Support tickets get answered within a day.',
    'Help desk opens at nine.',
    'Open orders will be cancelled.',
    'Exchange rates changed last night.',
    'Transfer fees apply to every payment.',
    'Visit 4 went well.',
    'Play store rejected the app.',
    'Load balancer crashed at noon.',
    'Share prices fell by ten percent.',
    'Sort order does not work.',
    'Copy 2 is missing.',
    'Buy button does nothing.',
    'Cut flowers last a week.',
    'Set 2 contains three lamps.',
    'Run 17 failed.',
    'Access to the portal was denied.',
    'Request for a refund was denied.',
    'Turn signal blinks too fast.',
    'Start date is Monday.',
    'Cook times vary.',
  ])('%s', (sentence) => {
    const plain = sentence.charAt(0).toLowerCase() + sentence.slice(1, -1);
    expect(told(sentence)).toBe(`Ann says ${plain}`);
  });

  test.each([
    'Update 2.1 fixes the crash.',
    'Report 7 shows the error.',
    'Plan B costs forty euros.',
    'Update on the order: it was late.',
  ])('and where that is in doubt, nothing is told: %s', (sentence) => {
    expect(told(sentence) ?? '').not.toMatch(/\bto (?:update|report|plan)\b/);
  });

  test.each([
    ['Order the second one.', 'Ann asks Bob to order the second one'],
    ['Book 3 rooms for tonight.', 'Ann asks Bob to book 3 rooms for tonight'],
    ['Update your app to version 2.', 'Ann asks Bob to update their app to version 2'],
    ['Check that the cable is plugged into it.', 'Ann asks Bob to check that the cable is plugged into it'],
    ['Make sure the lamp is off.', 'Ann asks Bob to make sure the lamp is off'],
    ['Call the number that is on the label.', 'Ann asks Bob to call the number that is on the label'],
    ['Contact whoever is in charge.', 'Ann asks Bob to contact whoever is in charge'],
    ['Cancel order 1234, it is late.', 'Ann asks Bob to cancel order 1234, it is late'],
    ['Slow down and tell me the address.', 'Ann asks Bob to slow down and tell them the address'],
  ])('an order stays one: %s', (sentence, expected) => {
    expect(told(sentence)).toBe(expected);
  });

  test('nor is it a thing to do', async () => {
    const contents = ['Where is my parcel?', 'Order 1234 is cancelled. Return labels are attached to this mail.'];
    const messages = contents.map((content, at) => ({
      id: `m${at}`,
      role: at === 0 ? ('USER' as const) : ('ASSISTANT' as const),
      content,
    }));
    const draft = await createExtractiveSummarizer().summarize(
      { title: '', content: null, messages, language: 'en', style: 'CONCISE' },
      new AbortController().signal,
    );
    expect(draft.actionItems).toEqual([]);
    expect(draft.content).toMatch(/says order 1234 is cancelled/);
  });

  test('a threat bids nobody to do it', () => {
    expect(told("Come home late one more time, and you'll find the door locked.")).toBeNull();
  });
});

describe('a noun phrase stays whole, whatever its capitals', () => {
  test.each([
    ['What is the price of the Pro plan?', 'what the price of the Pro plan is'],
    ['Is the Pro plan available in Germany?', 'whether the Pro plan is available in Germany'],
    ['What is the cost of the Premium Plus subscription?', 'what the cost of the Premium Plus subscription is'],
    ['Are the Max and Mini models compatible?', 'whether the Max and Mini models are compatible'],
    ['When is the Berlin to Rome train?', 'when the Berlin to Rome train is'],
    ['Are Carl and Dora coming to the party?', 'whether Carl and Dora are coming to the party'],
    ['Is the iPhone 15 Pro available in blue?', 'whether the iPhone 15 Pro is available in blue'],
    ['Has the Amazon order been shipped?', 'whether the Amazon order has been shipped'],
    ['Why is the Pro plan so expensive?', 'why the Pro plan is so expensive'],
    ['Is the Wi-Fi free in the Blue Room?', 'whether the Wi-Fi is free in the Blue Room'],
    ['Is that the final price?', 'whether that is the final price'],
    ['Are these the latest figures?', 'whether these are the latest figures'],
    ['Is my account number 12345 active?', 'whether their account number 12345 is active'],
    [
      'Are the tickets for the concert on Friday sold out?',
      'whether the tickets for the concert on Friday are sold out',
    ],
    ['Are all of the rooms booked?', 'whether all of the rooms are booked'],
    ['Is the blue one cheaper than the red one?', 'whether the blue one is cheaper than the red one'],
    ["Was Anna's email address changed?", "whether Anna's email address was changed"],
    ["What is Carl Miller's phone number?", "what Carl Miller's phone number is"],
    ['Where is the Gare du Nord?', 'where the Gare du Nord is'],
    ['Did the Pro upgrade work?', 'whether the Pro upgrade worked'],
    ['Should the Pro team call me?', 'whether the Pro team should call them'],
    ['Does the Pro plan include support?', 'whether the Pro plan includes support'],
    ['Is the "Pro" plan available?', 'whether the "Pro" plan is available'],
    ['Is the Pro+ plan available?', 'whether the Pro+ plan is available'],
    ["What's eating you?", 'what is eating Bob'],
    ['Can you play the piano?', 'whether Bob can play the piano'],
    ['Do you know how can I use the internet in my room?', 'how to use the internet in their room'],
  ])('%s', (sentence, expected) => {
    expect(told(sentence)).toBe(`Ann asks ${expected}`);
  });

  test.each([
    'Is the file I sent you readable?',
    'Is the package that I ordered last week on its way?',
    'You have been here for how long?',
  ])('and where its end cannot be told, nothing is told: %s', (sentence) => {
    expect(told(sentence)).toBeNull();
  });
});
