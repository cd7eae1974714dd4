import type { Chat } from './chat.ts';

const LONG_MIDDLE = Array.from(
  { length: 12 },
  (_, at) =>
    `U: I tried step ${at + 1} of the guide and the lamp on the front still blinks.\nA: Thank you, please go on with step ${at + 2} of the guide.`,
).join('\n');

export const ODD_AND_FOREIGN_CHATS: Chat[] = [
  {
    name: 'French: a table',
    text: 'U: Bonjour, je voudrais réserver une table pour quatre personnes samedi soir.\nA: Bonjour ! Nous avons une table libre à vingt heures. Cela vous convient ?\nU: Oui, merci beaucoup.',
    facts: [/réserver une table pour quatre personnes/],
    language: 'fr',
    topics: [/table|personnes/],
  },
  {
    name: 'German: an invoice',
    text: 'U: Guten Tag, ich möchte gerne die Rechnung vom März noch einmal bekommen.\nA: Guten Tag! Ich schicke Ihnen die Rechnung heute per E-Mail.\nU: Vielen Dank und einen schönen Tag!',
    facts: [/Rechnung/],
    language: 'de',
    topics: [/rechnung/],
  },
  {
    name: 'Spanish: a broken screen',
    text: 'U: Hola, buenos días. La pantalla de mi teléfono está rota y quiero repararla.\nA: Hola. La reparación de la pantalla cuesta ochenta euros.\nU: Gracias.',
    facts: [/pantalla/],
    language: 'es',
    topics: [/pantalla/],
  },
  {
    name: 'Italian: a room',
    text: 'U: Buongiorno, vorrei una camera doppia per due notti a luglio.\nA: Buongiorno, abbiamo una camera con vista sul lago. Costa cento euro per notte.\nU: Grazie mille, la prendo.',
    facts: [/camera/],
    language: 'it',
    topics: [/camera|lago|notte|notti/],
  },
  {
    name: 'Dutch: a parcel',
    text: 'U: Goedemiddag, mijn pakket is nog niet bezorgd.\nA: Hallo, ik ga het voor u na. Het pakket ligt in het depot van Utrecht.\nU: Bedankt, dan wacht ik tot morgen.',
    facts: [/pakket/],
    language: 'nl',
    topics: [/pakket/],
  },
  {
    name: 'Portuguese: a course',
    text: 'U: Olá, bom dia! Gostaria de saber o preço do curso de guitarra.\nA: Olá! O curso de guitarra custa cinquenta euros por mês.\nU: Obrigado.',
    facts: [/curso de guitarra/],
    language: 'pt',
    topics: [/guitarra|curso/],
  },
  {
    name: 'a long talk whose point stands at its start',
    text: `U: Hello, my modem loses the connection every evening at eight.\nA: I am sorry to hear that. Please follow the guide for modems.\n${LONG_MIDDLE}\nU: I finished the guide, the connection is still lost.\nA: I will replace the modem; the new one arrives on Friday.`,
    facts: [/modem loses the connection every evening at eight/],
    title: /^Modem loses the connection/,
    sentiment: 'NEGATIVE',
    topics: [/modem|connection|lamp|guide/],
  },
  {
    name: 'one message alone',
    text: 'U: Please remind me to water the plants on Sunday.',
    facts: [/asks the assistant to remind them to water the plants on Sunday/],
    title: /water the plants on Sunday/i,
    actions: ['The user asks the assistant to remind them to water the plants on Sunday.'],
  },
  {
    name: 'an informative title of its own',
    given: 'Roof repair at the storage hall',
    text: 'U: Good morning.\nA: Good morning, here is the news. The roof of the storage hall is dry again. Our people finished the repair on Tuesday.\nU: Good to know.',
    facts: [/storage hall is dry again/],
    title: /^Roof repair at the storage hall$/,
    topics: [/roof|storage hall|repair/],
  },
  {
    name: 'a title that says nothing',
    given: 'New conversation',
    text: 'U: Which vaccines do I need for a trip to Kenya?\nA: Yellow fever and hepatitis A are recommended for Kenya. Ask your doctor at least six weeks before the trip.',
    facts: [/asks which vaccines they need for a trip to Kenya/, /yellow fever and hepatitis A/i],
    never: [/says ask/i],
    title: /vaccines/i,
    sentiment: 'NEUTRAL',
    topics: [/vaccine|yellow fever|trip|kenya/],
  },
  {
    name: 'labels for customer and agent',
    text: 'Customer: The dishwasher you delivered leaks on the kitchen floor.\nAgent: I am sorry. Turn off the water and send me a photo of the hose.\nCustomer: The hose has a crack.\nAgent: We will deliver a new hose tomorrow.',
    facts: [/dishwasher (?:that )?the agent delivered leaks on the kitchen floor/, /new hose tomorrow/],
    never: [/says turn/i],
    title: /^Dishwasher/,
    sentiment: 'NEGATIVE',
    topics: [/dishwasher|hose|kitchen floor/],
  },
  {
    name: 'written in small letters',
    text: 'U: hi can i get a refund for ticket 88, the concert was cancelled\nA: Yes, you will get your money back within ten days.\nU: ok thx',
    facts: [/refund for ticket 88/, /within ten days/],
    title: /refund for ticket 88/i,
    topics: [/refund|ticket|concert|money/],
  },
  {
    name: 'a recipe',
    text: 'U: Give me a recipe for pancakes without eggs.\nA: Mix 200 grams of flour with 300 millilitres of oat milk and a ripe banana. Fry the pancakes for two minutes on each side.',
    facts: [
      /asks the assistant to give them a recipe for pancakes without eggs/,
      /tells the user to mix 200 grams of flour/,
    ],
    title: /^Recipe for pancakes without eggs$/,
    sentiment: 'NEUTRAL',
    topics: [/recipe|pancakes|oat milk|flour/],
  },
];
