import { describe, expect, test } from 'vitest';
import { summarizeChat } from '../../../testkit/summaries.ts';

describe('a name told beside a noun is nobody that is called', () => {
  test.each([
    'I have handed your letter to our head gardener, Mr. Oakley.',
    'Your parcel is with the night porter, Oakley.',
    'We gave your seat to a frequent flyer, Dr. Oakley.',
  ])('%s', async (line) => {
    const { content } = await summarizeChat('U: My roses died after the frost in March.', `A: ${line}`);
    expect(content).toContain("The user's roses died");
    expect(content).not.toMatch(/^(?:Mr\. |Dr\. )?Oakley/);
  });

  test('who is called after a plain word has the name', async () => {
    const { content } = await summarizeChat(
      'U: My roses died after the frost in March.',
      'A: That sounds bad, Mr. Oakley.',
    );
    expect(content).toContain("Mr. Oakley's roses died");
  });
});

describe('a name that another on the same side gave is not given to those before', () => {
  test.each([
    ['after a bot', "A: I'm the virtual assistant. I can book repairs for all lifts.", 'A: Hello, my name is Petra.'],
    ['after a hand-over', "A: I can book repairs. I'll connect you to a colleague.", 'A: My name is Petra.'],
    ['who greets in the middle', 'A: I can book repairs for all lifts.', 'A: Good morning, this is Petra speaking.'],
  ])('%s', async (_, first, second) => {
    const { content, actionItems } = await summarizeChat(
      'U: The lift in our house is stuck.',
      first,
      'U: It is urgent.',
      second,
      'A: I will send a technician to your house on Monday.',
    );
    expect(`${content} ${actionItems.map(({ text }) => text).join(' ')}`).not.toContain('Petra');
    expect(content).toContain("will send a technician to the user's house on Monday");
  });

  test('who gives it first keeps it', async () => {
    const { content } = await summarizeChat(
      'U: The lift in our house is stuck.',
      'A: Hello, my name is Petra. I will send a technician to your house on Monday.',
    );
    expect(content).toContain('Petra will send a technician');
  });
});
