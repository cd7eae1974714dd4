/** The demo's own texts: what two small companies' customers may write. */

type Sentiment = 'POSITIVE' | 'NEUTRAL' | 'NEGATIVE';

type DemoLetter = {
  title: string;
  source: 'EMAIL' | 'WHATSAPP' | 'API' | 'WEB';
  content: string;
  summary: { title: string; content: string; sentiment: Sentiment; topics: string[]; actionItems: string[] };
};

/** As AI My Chats keeps them: a text each, summarised there. */
export const demoLetters: readonly DemoLetter[] = [
  {
    title: 'Charged twice in March',
    source: 'EMAIL',
    content:
      'Dora: Hello, my card was charged twice for the March invoice, 29 euros each time.\nSupport: I am sorry about that, Dora. I see both payments here.\nDora: Can you send the second one back?\nSupport: I will refund it today. It takes three to five working days.\nDora: Thank you for being so quick.',
    summary: {
      title: 'Refund of a double charge',
      content:
        'Dora was charged twice for March. Support refunds the second payment within three to five working days.',
      sentiment: 'POSITIVE',
      topics: ['billing', 'refund'],
      actionItems: ['Refund the second March payment'],
    },
  },
  {
    title: 'Quote for a team of forty',
    source: 'EMAIL',
    content:
      'Ben: We are forty people and would like to move to the Team plan in May.\nSales: Gladly. From twenty-five seats on there is a discount of fifteen per cent.\nBen: Could you send a quote with annual billing? Our purchasing department needs it by Friday.\nSales: You will have it tomorrow morning.',
    summary: {
      title: 'Team plan quote for forty seats',
      content: 'Ben wants the Team plan for forty people from May, billed by the year. Sales sends a quote tomorrow.',
      sentiment: 'POSITIVE',
      topics: ['pricing', 'team plan'],
      actionItems: ['Send a quote with annual billing by Friday'],
    },
  },
  {
    title: 'Export fails with large accounts',
    source: 'API',
    content:
      'Mina: Since yesterday our nightly export stops at 80 per cent with error 504.\nSupport: How many conversations does it hold?\nMina: About sixty thousand.\nSupport: I can reproduce it. Our engineers are raising the limit; until then please export month by month.\nMina: That is a nuisance, we have an audit on Monday.\nSupport: I understand. I will write to you as soon as the fix is out.',
    summary: {
      title: 'Export of sixty thousand conversations times out',
      content:
        'The nightly export fails at 80 per cent. Support reproduced it and suggests exporting by month until the limit is raised.',
      sentiment: 'NEGATIVE',
      topics: ['export', 'timeout'],
      actionItems: ['Tell Mina when the fix is out', 'Export month by month until then'],
    },
  },
  {
    title: 'Delivery to the wrong address',
    source: 'WHATSAPP',
    content:
      'Karim: The parcel went to my old flat. I changed the address last week!\nSupport: I am sorry. The change came an hour after the label was printed.\nKarim: So what now?\nSupport: The carrier brings it to the new address on Thursday, at our cost.\nKarim: All right, but I am not happy.',
    summary: {
      title: 'Parcel sent to an old address',
      content: 'A parcel went to the old address. The carrier delivers it to the new one on Thursday, free of charge.',
      sentiment: 'NEGATIVE',
      topics: ['delivery', 'address change'],
      actionItems: ['Have the carrier deliver on Thursday'],
    },
  },
  {
    title: 'How to invite a colleague',
    source: 'WEB',
    content:
      'Lea: Where do I invite a colleague?\nSupport: Open Settings, then Members, and click Invite.\nLea: Found it. Does she count as a seat at once?\nSupport: Only once she has accepted.',
    summary: {
      title: 'Inviting a colleague',
      content: 'Lea learns where to invite a colleague, and that a seat counts once the invitation is accepted.',
      sentiment: 'NEUTRAL',
      topics: ['members', 'seats'],
      actionItems: [],
    },
  },
  {
    title: 'Renewal and a discount for schools',
    source: 'EMAIL',
    content:
      'Hanna: Our school renews in June. Is there a discount for education?\nSales: Yes, half the price for schools and universities.\nHanna: Wonderful! What do you need from us?\nSales: A letter with the school stamp. I will prepare the new contract meanwhile.',
    summary: {
      title: 'Education discount at renewal',
      content: 'The school renews in June at half the price once it has sent a stamped letter.',
      sentiment: 'POSITIVE',
      topics: ['pricing', 'education', 'renewal'],
      actionItems: ['Send a letter with the school stamp', 'Prepare the new contract'],
    },
  },
  {
    title: 'Single sign-on with two domains',
    source: 'EMAIL',
    content:
      'Oskar: We merged with another company and now have two mail domains. Can single sign-on serve both?\nSupport: It can. Add the second domain under Security and verify it with a DNS record.\nOskar: Our DNS is run by an agency, so it will take some days.\nSupport: No hurry. The first domain keeps working.',
    summary: {
      title: 'Single sign-on for a second domain',
      content: 'Single sign-on can serve both domains after the second one is verified by a DNS record.',
      sentiment: 'NEUTRAL',
      topics: ['single sign-on', 'dns'],
      actionItems: ['Verify the second domain with a DNS record'],
    },
  },
  {
    title: 'The app is slow on old phones',
    source: 'WHATSAPP',
    content:
      'Pia: The app takes ten seconds to open since the update.\nSupport: Which phone is it?\nPia: One of 2018.\nSupport: The update loads all pictures at the start. Please switch off Previews in the settings; the next version mends it.\nPia: It is much better, thanks.',
    summary: {
      title: 'Slow start on an old phone',
      content: 'The app opened slowly after an update. Switching off previews helps until the next version.',
      sentiment: 'POSITIVE',
      topics: ['mobile app', 'performance'],
      actionItems: ['Switch off previews'],
    },
  },
];

type DemoChat = {
  segment: string | null;
  page: string;
  /** In turns: the visitor, the assistant, the visitor, … */
  turns: readonly string[];
};

/** As Animam keeps them: chats of visitors with an assistant, summarised by this gateway. */
export const demoChats: readonly DemoChat[] = [
  {
    segment: 'pricing',
    page: '/pricing',
    turns: [
      'Hello, what are your prices?',
      'Hello! We have three plans: Free, Pro at 19 euros and Team at 49 euros a month.',
      'What does Pro have that Free does not?',
      'Pro keeps your history without limit, and adds exports and e-mail support.',
      'Can I try it first?',
      'Yes, for fourteen days without a card. I can send you the link.',
      'Please send it to nora@example.com.',
      'I will send it right away.',
    ],
  },
  {
    segment: 'support',
    page: '/help',
    turns: [
      'I cannot log in any more. The page says my account is locked.',
      'I am sorry. After five wrong passwords an account is locked for an hour.',
      'But I did not try five times!',
      'Then somebody else may have. I will unlock it now, and I recommend that you set a new password and turn on two-step login.',
      'It works again. How do I turn that on?',
      'Open Settings, choose Security and click Two-step login.',
      'Done, thank you.',
    ],
  },
  {
    segment: 'pricing',
    page: '/pricing',
    turns: [
      'Do you have a discount for charities?',
      'Yes, charities get Team for the price of Pro.',
      'Great. What do you need from us?',
      'A copy of the register entry. Please send it to sales@example.com.',
      'I will do that tomorrow.',
    ],
  },
  {
    segment: 'landing',
    page: '/',
    turns: [
      'Is there an app for Android?',
      'Yes, it is in the store under the same name. There is one for iPhones too.',
    ],
  },
  {
    segment: 'support',
    page: '/help/import',
    turns: [
      'The import of my CSV file stops at row 212.',
      'Could you tell me what stands in that row?',
      'A name with quotation marks in it.',
      'That is it: quotation marks inside a cell must be doubled. I have told our engineers that the message should say so.',
      'After doubling them it works. Still, this cost me two hours.',
      'I am sorry for that, and I will add a month to your plan.',
    ],
  },
  {
    segment: 'support',
    page: '/orders',
    turns: [
      'Where is my order? It should have come on Monday.',
      'It left our warehouse on Saturday, but the carrier reports a delay.',
      'When will it come then? I need it for a birthday on Friday!',
      'The carrier says Thursday. If it is not there by noon, I will have a second one sent by express.',
      'Please do. And tell me on Thursday either way.',
      'I will write to you on Thursday at noon.',
    ],
  },
  {
    segment: null,
    page: '/blog/offline',
    turns: [
      'Does it work without the internet?',
      'You can read and write without it; what you changed is sent when you are connected again.',
      'Nice.',
    ],
  },
  {
    segment: 'landing',
    page: '/',
    turns: [
      'Can I speak to a person about a project for two hundred users?',
      'Of course. Which day suits you for a call of half an hour?',
      'Wednesday at ten.',
      'It is booked: Wednesday at ten with Jonas. He will call you at the number of your account.',
      'Please tell him that we need everything hosted in the EU.',
      'I will note that for him.',
    ],
  },
  {
    segment: 'support',
    page: '/help/api',
    turns: [
      'Your API answers 429 although we send one request a second.',
      'The Free plan allows ten requests a minute. With one a second you are over that.',
      'That is not in the documentation.',
      'You are right, the page about limits lacks the Free plan. I will have it corrected this week.',
    ],
  },
  {
    segment: 'pricing',
    page: '/pricing',
    turns: [
      'Was passiert mit meinen Daten, wenn ich kündige?',
      'Sie können alles dreißig Tage lang exportieren, danach wird es gelöscht.',
      'Gut. Kann ich auch jährlich zahlen?',
      'Ja, dann sind zwei Monate frei.',
    ],
  },
];
