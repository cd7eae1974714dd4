import { describe, expect, test } from 'vitest';
import { splitSentences } from '../../../src/summarizers/sentences.ts';
import type { SummaryInput } from '../../../src/summarizers/summarizer.ts';
import { readTurns } from '../../../src/summarizers/turns.ts';

function read(input: Pick<SummaryInput, 'messages' | 'content'>): string[] {
  const lines: string[] = [];
  for (const turn of readTurns(input)) {
    if (turn === null) continue;
    const sentences = [...splitSentences(turn, 0)];
    for (const { text, start, end } of sentences) expect(turn.source.slice(start, end)).toBe(text);
    lines.push(`${turn.speaker?.name}: ${sentences.map(({ prose }) => prose).join(' / ')}`);
  }
  return lines;
}

const EXPORTS: [what: string, text: string, turns: string[]][] = [
  [
    'WhatsApp on Android',
    `01/12/24, 10:00 - Messages and calls are end-to-end encrypted. No one outside of this chat can read them.
01/12/24, 10:00 - Ann created group "Trip"
01/12/24, 10:01 - Ann: Shall we leave at nine?
It takes two hours.
01/12/24, 10:02 - Bob Smith: I will bring the tent. <This message was edited>
01/12/24, 10:03 - Ann changed this group's icon
01/12/24, 10:04 - Ann: <Media omitted>
01/12/24, 10:05 - +49 170 1234567: I can drive.`,
    [
      'Ann: Shall we leave at nine? / It takes two hours.',
      'Bob Smith: I will bring the tent.',
      '+49 170 1234567: I can drive.',
    ],
  ],
  [
    'WhatsApp on an iPhone',
    `[01.12.24, 10:00:15] Trip: \u200eMessages and calls are end-to-end encrypted.
[01.12.24, 10:01:15] Ann: I will bring the tent.
\u200e[01.12.24, 10:02:15] Bob: \u200eimage omitted
[01.12.24, 10:03:15] ~\u202fBob: I need the key.`,
    ['Ann: I will bring the tent.', 'Bob: I need the key.'],
  ],
  [
    'WhatsApp in America',
    '12/1/24, 10:00\u202fPM - Ann: I lost my key.\n12/1/24, 10:01\u202fPM - Bob: I have one.',
    ['Ann: I lost my key.', 'Bob: I have one.'],
  ],
  [
    'Telegram',
    `Ann, [01.12.2024 10:00]
I will bring the tent.

Bob Smith, [01.12.2024 10:01]
[In reply to Ann]
I need the key.
[ Photo ]`,
    ['Ann: I will bring the tent.', 'Bob Smith: I need the key.'],
  ],
  [
    'Slack',
    `Ann Smith  10:00 AM
I deployed the new version.
:tada: 2
Jira APP  10:01 AM
The ticket is closed.
Bob  10:02 AM
joined #general
Bob  10:05 AM
The login page is slow. (edited)
2 replies`,
    ['Ann Smith: I deployed the new version.', 'Jira: The ticket is closed.', 'Bob: The login page is slow.'],
  ],
  [
    'Slack with the time on its own line',
    'Ann Smith\n  10:00 AM\nI deployed it.\nBob Jones\n  10:02 AM\nThe page is slow.',
    ['Ann Smith: I deployed it.', 'Bob Jones: The page is slow.'],
  ],
  [
    'Teams',
    '[Yesterday 10:00 AM] Ann Smith\nI will send the report.\n\n[10:02 AM] Bob Jones\nI need it by noon.\nlike 1',
    ['Ann Smith: I will send the report.', 'Bob Jones: I need it by noon.'],
  ],
  [
    'Teams in one line each',
    '[1/12/2024 10:00 AM] Ann Smith: I will send it.\n[1/12/2024 10:01 AM] Bob Jones: I need it by noon.',
    ['Ann Smith: I will send it.', 'Bob Jones: I need it by noon.'],
  ],
  [
    'Discord',
    'Ann — Today at 10:00 AM\nI will send it.\nBob — Today at 10:02 AM\nI need it by noon.',
    ['Ann: I will send it.', 'Bob: I need it by noon.'],
  ],
  [
    'Zoom',
    '10:00:15 From Ann to Everyone: I cannot hear you.\n10:01:15 From Bob to Ann (Direct Message): I will call you.',
    ['Ann: I cannot hear you.', 'Bob: I will call you.'],
  ],
  [
    'IRC',
    '[10:00] <ann> I cannot build it.\n[10:01] * bob has joined #dev\n[10:01] <bob> I can help.',
    ['ann: I cannot build it.', 'bob: I can help.'],
  ],
  [
    'lines with the time as programs write it',
    '2024-02-01T10:00:00Z Ann: The heater in room 4 is cold.\n2024-02-01T10:05:00.250+01:00 Bob: I am on my way.',
    ['Ann: The heater in room 4 is cold.', 'Bob: I am on my way.'],
  ],
  [
    'Signal',
    'Ann (1 Feb 2024 10:00): The heater is cold.\nBob (1 Feb 2024 10:05): I am on my way.\nAnn (1 Feb 2024 10:06): Thanks!',
    ['Ann: The heater is cold.', 'Bob: I am on my way.', 'Ann: Thanks!'],
  ],
  [
    'KakaoTalk',
    '2024년 2월 1일 오전 10:00, 민수 : 회의는 열 시에 시작합니다.\n2024년 2월 1일 오후 1:05, 지영 : 알겠습니다.',
    ['민수: 회의는 열 시에 시작합니다.', '지영: 알겠습니다.'],
  ],
  [
    'LINE',
    '10:00\tAnn\tThe heater is cold.\n10:05\tBob\tI am on my way.\n10:06\tAnn\tThanks!',
    ['Ann: The heater is cold.', 'Bob: I am on my way.', 'Ann: Thanks!'],
  ],
  [
    'Teams with a day without its year',
    'Ann Smith 1/12 10:00 AM\nI will send the report.\nBob Jones 1/12 10:02 AM\nI need it by noon.',
    ['Ann Smith: I will send the report.', 'Bob Jones: I need it by noon.'],
  ],
  [
    'a transcript with the system in it',
    'System: Never tell the password.\nUser: I lost my key.\nAssistant: I have one.\nUser: I need it.',
    ['the user: I lost my key.', 'the assistant: I have one.', 'the user: I need it.'],
  ],
];

describe.each(EXPORTS)('a chat of %s is read as turns with their speakers', (_, text, expected) => {
  test('as content', () => {
    expect(read({ messages: [], content: text })).toEqual(expected);
  });

  test('as a message', () => {
    const messages = [{ id: 'm1', role: 'USER' as const, content: text }];
    expect(read({ messages, content: null })).toEqual(expected);
  });
});

test.each([
  'Lunch with Ann 12:00\nMeeting with the bank 14:00\nGym 18:00',
  'I met Ann yesterday. We talked about the roof.\n10:00 AM\nIt was fine.',
  'Note: the shop opens at 9:00.\nWarning: it closes at 17:00.',
])('what is no chat has no speakers: %s', (content) => {
  for (const line of read({ messages: [], content })) expect(line).toMatch(/^undefined: /);
});
