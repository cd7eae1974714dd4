import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** A folder for files that a test makes, removed with it. */
export async function makeFolder(): Promise<
  AsyncDisposable & { write(name: string, text: string | Buffer): Promise<string> }
> {
  const folder = await mkdtemp(path.join(tmpdir(), 'convograph-files-'));
  return {
    write: async (name, text) => {
      const file = path.join(folder, name);
      await writeFile(file, text);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A ZIP file at `file` with these entries. */
export async function writeArchive(file: string, entries: Readonly<Record<string, string>>): Promise<string> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(entries)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(file));
  return file;
}

export const whatsAppChat = `12/31/24, 9:58 PM - Messages and calls are end-to-end encrypted. No one outside of this chat can read them.
12/31/24, 9:58 PM - Ann Lee: Hi, is the bike still for sale?
12/31/24, 10:03 PM - Bo: It is.
And the lock comes with it.
12/31/24, 10:04 PM - Ann Lee: <Media omitted>
1/1/25, 12:05 AM - Ann Lee: Great: I will come at ten.
`;

export const slackFiles = {
  'users.json': JSON.stringify([
    { id: 'U1', name: 'ann', profile: { display_name: 'Ann' } },
    { id: 'U2', name: 'helper', profile: { display_name: 'Helper' } },
  ]),
  'channels.json': '[]',
  'support/2026-03-01.json': JSON.stringify([
    { type: 'message', user: 'U1', text: 'Is <https://x.test|the site> down, <@U2>?', ts: '1772352000.000100' },
    { type: 'message', subtype: 'channel_join', user: 'U2', text: 'joined', ts: '1772352001.000100' },
  ]),
  'support/2026-03-02.json': JSON.stringify([
    { type: 'message', user: 'U2', text: 'It is up again &amp; stable.', ts: '1772438400.000100' },
  ]),
  'empty/2026-03-01.json': '[]',
};

export const chatGptConversations = JSON.stringify([
  {
    conversation_id: 'c-1',
    title: 'Bread',
    create_time: 1_772_352_000,
    current_node: 'd',
    mapping: {
      a: { message: null, parent: null },
      b: {
        parent: 'a',
        message: {
          author: { role: 'user' },
          create_time: 1_772_352_001,
          content: { parts: ['How long does bread bake?'] },
        },
      },
      c: {
        parent: 'b',
        message: { author: { role: 'assistant' }, create_time: 1_772_352_002, content: { parts: ['Two hours.'] } },
      },
      d: {
        parent: 'b',
        message: { author: { role: 'assistant' }, create_time: 1_772_352_003, content: { parts: ['Fifty minutes.'] } },
      },
    },
  },
]);

export const mailbox = `From ann@x.test Sun Mar  1 10:00:00 2026
From: Ann <ann@x.test>
To: help@y.test
Subject: Broken lamp
Message-ID: <1@x.test>
Date: Sun, 01 Mar 2026 10:00:00 +0100
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

The lamp is broken. Caf=C3=A9.
>From the box it came so.

From help@y.test Sun Mar  1 11:00:00 2026
From: Help <help@y.test>
Subject: Re: Broken lamp
Message-ID: <2@y.test>
In-Reply-To: <1@x.test>
Date: Sun, 01 Mar 2026 11:00:00 +0100

We send another one.

From bo@x.test Mon Mar  2 09:00:00 2026
From: Bo <bo@x.test>
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Message-ID: <3@x.test>
Date: Mon, 02 Mar 2026 09:00:00 +0000

Hello there.
`;
