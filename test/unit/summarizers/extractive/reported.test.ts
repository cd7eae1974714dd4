import { expect, test } from 'vitest';
import { reportSentence } from '../../../../src/summarizers/extractive/reported.ts';

const NAMED = { speaker: { name: 'Ann', mayBecomeThey: true }, listener: { name: 'Bob', mayBecomeThey: true } };

function told(sentence: string): string | null {
  const reported = reportSentence(sentence, NAMED);
  return reported === null ? null : `${reported.subject} ${reported.rest}`;
}

test.each([
  ['I lost my keys yesterday.', 'Ann lost their keys yesterday'],
  ["Well, I've got to finish the report by Friday.", 'Ann has to finish the report by Friday'],
  ['I get up early and make breakfast for my kids.', 'Ann gets up early and makes breakfast for their kids'],
  ["I can ' t open the door.", "Ann can't open the door"],
  ['My legs are sore.', "Ann's legs are sore"],
  ['You are early.', 'Ann says Bob is early'],
  ['We have two rooms in your size.', "Ann says they have two rooms in Bob's size"],
  ['Could you please send me the invoice?', 'Ann asks Bob to send them the invoice'],
  ['Please sign the form before I leave.', 'Ann asks Bob to sign the form before they leave'],
  ["Don't forget your keys.", 'Ann asks Bob not to forget their keys'],
  ['I think you should see a doctor.', 'Ann advises Bob to see a doctor'],
  ["Let's take the train tonight.", 'Ann suggests that they take the train tonight'],
  ['Please also send me the corrected invoice.', 'Ann asks Bob to also send them the corrected invoice'],
  ['What does the Pro plan cost?', 'Ann asks what the Pro plan costs'],
  ['Would Wednesday at two work for you?', 'Ann asks whether Wednesday at two would work for Bob'],
  ['Could you tell me which room is free?', 'Ann asks which room is free'],
  ['Do you know when the train leaves?', 'Ann asks when the train leaves'],
  ['How do I return the boots?', 'Ann asks how to return the boots'],
  ['can i pay by card', 'Ann asks whether they can pay by card'],
  [
    'Does your app support fingerprint login on Android?',
    "Ann asks whether Bob's app supports fingerprint login on Android",
  ],
  ['I have unlocked it; please choose a new password.', 'Ann has unlocked it and asks Bob to choose a new password'],
  ['When I start the app it stops.', 'Ann says that when they start the app it stops'],
  ['Storm damage is covered.', 'Ann says storm damage is covered'],
  ['Show it only to people you trust.', 'Ann asks Bob to show it only to people they trust'],
  ['Where do you live?', 'Ann asks where Bob lives'],
  ['How much does the blue one cost?', 'Ann asks how much the blue one costs'],
  ['Are you ready to order?', 'Ann asks whether Bob is ready to order'],
  ['When will the package arrive?', 'Ann asks when the package will arrive'],
])('%s', (sentence, expected) => {
  expect(told(sentence)).toBe(expected);
});

test.each([
  [
    'Please open Settings, choose Security and click Reset.',
    'Ann tells Bob to open Settings, choose Security and click Reset',
  ],
  ['Print the label from your account.', 'Ann tells Bob to print the label from their account'],
  ['Show the link at the door.', 'Ann tells Bob to show the link at the door'],
  ['Please send us a photo of the hose.', 'Ann asks Bob to send them a photo of the hose'],
])('someone who is there to help instructs, and asks for what they need: %s', (sentence, expected) => {
  const reported = reportSentence(sentence, { ...NAMED, speaker: { ...NAMED.speaker, isGuide: true } });
  expect(`${reported?.subject} ${reported?.rest}`).toBe(expected);
});

test.each([
  'Hello!',
  'Thanks.',
  'Yes, of course.',
  'Oh, really?',
  '...',
  'I am very sorry about that.',
  'Let me check.',
  'How can I help you?',
])('small talk is nothing to tell: %s', (sentence) => {
  expect(told(sentence)).toBeNull();
});
