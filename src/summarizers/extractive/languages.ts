import { wordsOf } from '../words.ts';

const wordsByLanguage: Record<string, string> = {
  en: "a about above after again all also am an and any are as at be because been before being below but by can can't cannot could did didn't do does doesn't doing don't down each even ever few for from further get go going got had has have haven't having he he's her here hers herself him himself his how i i'd i'll i'm i've if in into is isn't it it's its itself just know let let's like ll may maybe me might more most much must my myself need never no nor not now of off on once one only or other our ours out over own please quite really s same say see she should so some something such sure t take tell than thank thanks that that's the their theirs them then there there's these they they're thing things think this those through to too under until up upon us ve very want was we we'll we're well were what what's when where which while who whom why will with without won't would yes yeah you you're you'll you've your yours yourself okay ok oh hello hi hey good right mean look make come give im dont everything something nothing anything everyone someone anyone everybody usually sometimes yet instead",
  de: 'aber alle als am an auch auf aus bei bin bis bist da damit dann das dass dem den der des dich die dies dir doch dort du durch ein eine einem einen einer er es euch für gegen hab habe haben hat hatte ich ihm ihn ihr im in ist ja jetzt kann kein keine können man mehr mein mich mir mit muss nach nein nicht noch nur ob oder ohne schon sehr sein sich sie sind so um und uns unter vom von vor war warum was weil wenn wer wie wir wird zu zum zur über',
  fr: "à ai as au aussi aux avec avez avons bien c'est ce ces cette comme dans de des du elle elles en est et été être il ils j'ai je la le les leur lui ma mais me mes moi mon n'est ne nos notre nous on ont ou où par pas pour pouvez qu'il que qui quoi sa se ses si son sont suis sur ta te tes toi ton tout très tu un une vos votre vous y",
  es: 'a al algo como con cuando de del desde donde el ella ellos en era eres es esa ese eso esta está estamos están este esto estoy fue ha hay he la las le les lo los más me mi muy nada no nos nosotros o para pero por porque puede puedo que qué quien se ser si sí sin sobre son soy su sus también te tengo tiene todo tu tus un una usted y ya yo',
  pt: 'a ao aos as até com como da das de dela dele depois do dos e ela ele eles em entre era essa esse esta está estão este eu foi há isso isto já lhe mais mas me mesmo meu minha muito na nas não nem no nos nós o os ou para pela pelo por porque posso quando que quem se sem ser seu sua só são também te tem tenho um uma você vocês',
  it: "a ai al alla anche c'è che chi ci come con da dal dalla dei del della delle di dove e è ed era gli ha hai hanno ho i il in io l' la le lei lo loro lui ma mi mia mio ne nel nella no noi non o per perché più può quando quello questa questo se sei si sia sono su sua suo ti tu tutto un una uno vi voi",
  nl: 'aan al als bij dan dat de deze die dit doen door dus een en er ga geen haar heb hebben heeft het hier hij hoe ik in is ja je kan kunnen maar me meer met mij mijn moet naar niet nog nu of om ons onze ook op over te tot u uit van veel voor waar was wat we wel wij worden wordt ze zich zijn zo',
};

/** Words of greeting, thanking and wanting: common in every chat, and never what it is about. */
const politeWords: Record<string, string> = {
  de: 'hallo guten gute tag morgen abend danke dank vielen bitte gerne gern möchte möchten würde würden hätte könnte könnten brauche brauchen will wollen soll sollte tschüss grüße grüß liebe lieber schönen schöne per mail schicke bekommen einmal heute mal noch etwas ihnen ihre ihr ihren wurde werden gibt geht ganz leider sicher natürlich',
  fr: "bonjour bonsoir salut merci beaucoup voudrais voudrait voulais veux voulez aimerais aimerait souhaite peux peut pourriez pouvons svp plaît s'il revoir oui non faire fait aller besoin d'accord bien-sûr j'aimerais j'ai c'est l'on qu'on cela ça convient aujourd'hui encore déjà libre quatre deux trois cinq vingt",
  es: 'hola buenos buenas días tardes noches gracias favor quiero quisiera quería querría necesito puede podría podrían adiós saludos claro vale gustaría tener hacer ver saber hoy mañana dos tres',
  it: 'ciao buongiorno buonasera salve grazie mille prego vorrei voglio vorremmo posso potrei potrebbe arrivederci certo avere fare abbiamo avete due tre oggi domani costa',
  pt: 'olá oi bom boa dia tarde noite obrigado obrigada favor quero queria gostaria gostava preciso poderia pode claro adeus saber fazer ter hoje amanhã dois duas três custa',
  nl: 'hallo hoi goedemorgen goedemiddag goedenavond dag bedankt dank alstublieft alsjeblieft graag wil zou willen kunt kunnen mag tot ziens groeten ligt gaat heel even vandaag morgen ook dank',
  en: 'hello hi hey bye goodbye thanks please welcome cheers sorry',
};

const stopWordsByLanguage = new Map(
  Object.entries(wordsByLanguage).map(([language, words]) => [language, new Set(words.split(' '))]),
);

const polite = new Map(Object.entries(politeWords).map(([language, words]) => [language, new Set(words.split(' '))]));

const greeting =
  /^(?:bonjour|bonsoir|salut|hallo|hoi|hola|olá|oi|ciao|salve|buongiorno|buonasera|goede(?:morgen|middag|navond)|dag|grüß gott|guten (?:morgen|tag|abend)|buenos días|buenas (?:tardes|noches)|bom dia|boa (?:tarde|noite)|hello|hi|hey|こんにちは|你好|您好)(?:\s?[,.!;:，。！、–-]+\s*|$)/iu;

const scripts: readonly [language: string, script: RegExp][] = [
  ['ja', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['ko', /\p{Script=Hangul}/gu],
  ['zh', /\p{Script=Han}/gu],
  ['th', /\p{Script=Thai}/gu],
  ['ru', /\p{Script=Cyrillic}/gu],
  ['ar', /\p{Script=Arabic}/gu],
  ['he', /\p{Script=Hebrew}/gu],
  ['el', /\p{Script=Greek}/gu],
  ['hi', /\p{Script=Devanagari}/gu],
];

/**
 * The language a text is in, by its script or its commonest small words: `en de fr es pt it nl ja ko zh th ru ar he el hi`,
 * or null where that cannot be told. Reads the first 4,000 code units.
 */
export function detectLanguage(text: string): string | null {
  const sample = text.slice(0, 4000);
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  if (letters === 0) return null;
  for (const [language, script] of scripts) {
    const share = (sample.match(script)?.length ?? 0) / letters;
    if (share > (language === 'ja' ? 0.1 : 0.4)) return language;
  }
  return byStopWords(wordsOf(sample));
}

function byStopWords(words: readonly string[]): string | null {
  let best: { language: string; hits: number } | null = null;
  for (const [language, stopWords] of stopWordsByLanguage) {
    let hits = 0;
    for (const word of words) if (stopWords.has(word.toLowerCase().replaceAll('’', "'"))) hits += 1;
    if (best === null || hits > best.hits) best = { language, hits };
  }
  return best !== null && best.hits >= Math.max(1, words.length * 0.15) ? best.language : null;
}

/** Whether a word, in any case, is too common in the language to say what a text is about. */
export function isStopWord(word: string, language: string | null): boolean {
  const lower = word.toLowerCase().replaceAll('’', "'");
  return stopWordsByLanguage.get(language ?? 'en')?.has(lower) ?? false;
}

/** Whether a word greets, thanks or asks politely in the language, in any case; for languages with such a list. */
export function isPoliteWord(word: string, language: string | null): boolean {
  return polite.get(language ?? 'en')?.has(word.toLowerCase().replaceAll('’', "'")) ?? false;
}

/** A sentence without the greetings it opens with, in any of the languages; as it is where nothing else was said. */
export function withoutGreeting(sentence: string): string {
  let text = sentence;
  for (let round = 0; round < 3; round += 1) text = text.replace(greeting, '');
  return /\p{L}/u.test(text) ? text : sentence;
}
