/** `source.slice(start, end)` of some source. */
export type Span = { start: number; end: number };

/** What is in a text besides prose, each with where it goes on to; found line by line or mark by mark, in one pass. */
const notProse: readonly RegExp[] = [
  // A model's thinking, also one that was cut off.
  /<(think|thinking|thought|thoughts|reasoning|reflection|scratchpad)>[\s\S]*?(?:<\/\1>|$(?![\s\S]))/gi,
  // What a model was told before the talk, in the templates of ChatML, Llama and Mistral; and their marks.
  /<\|im_start\|>\s*system\b[\s\S]*?(?:<\|im_end\|>|$(?![\s\S]))/gi,
  /<\|start_header_id\|>\s*system\s*<\|end_header_id\|>[\s\S]*?(?:<\|eot_id\|>|$(?![\s\S]))/gi,
  /<\|system\|>[\s\S]*?(?:<\|(?:end|user|assistant)\|>|<\/s>|$(?![\s\S]))/gi,
  /<<SYS>>[\s\S]*?(?:<<\/SYS>>|$(?![\s\S]))/gi,
  /<\|(?:im_start|start_header_id)\|>\s*(?:user|assistant|tool)\b|<\|[a-z_]{2,24}\|>|\[\/?INST\]|<\/?s>/gi,
  // Keys, certificates and signatures; the line that says how a text was signed.
  /^-{5}BEGIN (?!PGP SIGNED MESSAGE)[A-Z0-9 ]{3,40}-{5}[\s\S]*?(?:^-{5}END [A-Z0-9 ]{3,40}-{5}|$(?![\s\S]))/gm,
  /^-{5}BEGIN PGP SIGNED MESSAGE-{5}[ \t]*\r?\n(?:Hash: .*\r?\n)?/gm,
  // Code, up to the fence's end or the text's.
  /```[\s\S]*?(?:```|$(?![\s\S]))/g,
  /^[ \t]{0,8}~~~[\s\S]*?(?:^[ \t]{0,8}~~~|$(?![\s\S]))/gm,
  /<(script|style|pre|svg|head)\b[\s\S]*?(?:<\/\1>|$(?![\s\S]))/gi,
  /<!--[\s\S]*?(?:-->|$(?![\s\S]))/g,
  /\$\$[\s\S]{1,400}?\$\$/g,
  // Tags that end a line wherever they stand.
  /<\/?(?:p|div|br|li|ul|ol|dl|dt|dd|h[1-6]|tr|td|th|tbody|thead|table|section|article|header|footer|main|nav|aside|blockquote|hr|html|body|meta|title|center|figure|figcaption)\b[^<>]{0,300}>/gi,
  // Quoted lines, but not the faces `>:(` and `>_<`.
  /^[ \t]{0,8}>(?![:;=_.-]).*$/gm,
  // Lines of a program's log, of a stack trace, of a prompt, of a table, rules, and lines of signs alone.
  /^[ \t]*\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*.{0,60}?\b(?:trace|debug|info|notice|warn|warning|error|fatal|critical|severe)\b.*$/gim,
  /^[ \t]*\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE)\]?:?[ \t]{1,4}\[?\d{4}[-/].*$/gm,
  /^[ \t]*\[(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE)\][ \t].*$/gm,
  /^[ \t]*(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d \S+ \S+?(?:\[\d+\])?: .*$/gm,
  /^[ \t]*\d{1,3}(?:\.\d{1,3}){3} \S+ \S+ \[[^\]\n]{8,40}\] ".*$/gm,
  /^[ \t]+at \S.*[(:]\S*:\d+(?::\d+)?\)?[ \t]*$/gm,
  /^[ \t]*(?:File "[^"\n]+", line \d+.*|Traceback \(most recent call last\):|Caused by: .*)$/gm,
  /^[ \t]*(?:\$|PS [A-Z]:\\\S*>|[A-Z]:\\\S*>|\w+@[\w-]+:\S*[$#]) .*$/gm,
  /^[ \t]*\|.*\|[ \t]*$/gm,
  /^[ \t]*(?:[-*_=~#+][ \t]?){3,}$/gm,
  /^[ \t]*[{}()[\];,]+[ \t]*$/gm,
  /^[ \t]*"[^"\n]{1,60}"[ \t]*:[ \t].{0,300}$/gm,
  // JSON in one line.
  /^[ \t]*[{[][ \t]*"[^"\n]{1,60}"[ \t]*[:,].*[}\]][ \t]*,?[ \t]*$/gm,
  // What lawyers add.
  /^[ \t]*(?:confidentiality notice|disclaimer|legal notice)\b.*$/gim,
  /^[ \t]*(?:this|the information (?:contained )?in this) (?:e-?mail|message|communication)\b[^\n]{0,80}\b(?:confidential|privileged|intended (?:only|solely))\b.*$/gim,
  // What a device or a mail program adds.
  /^[ \t]*sent (?:from|via|with|using) (?:my |mail\b|outlook|yahoo|gmail|proton|samsung|(?:an |a )?(?:iphone|ipad|android|mobile|phone)|(?:the )?\S{2,20} (?:mail|app)\b).{0,60}$/gim,
  /^[ \t]*(?:enviado desde mi|envoyé de(?:puis)? mon|gesendet (?:von|mit)|inviato da(?:l mio)?|verzonden vanaf mijn) \S.{0,60}$/gim,
  /^[ \t]*(?:von meinem .{2,30} gesendet|get outlook for .{2,30}|download (?:the )?\S{2,20} app.{0,40})[ \t]*$/gim,
  /^[ \t]*-{2,}[ \t]*forwarded message[ \t]*-{2,}[ \t]*$/gim,
];
/** From here on a mail is an older one, or a signature. */
const restOfMailPatterns: readonly RegExp[] = [
  /^[ \t]*-{2,}[ \t]*(?:original message|ursprüngliche nachricht|message d'origine|mensaje original)[ \t]*-{2,}/im,
  /^[ \t]*_{10,}[ \t]*\r?\n[ \t]*(?:from|von|de):/im,
  /^--[ \t]*\r?$/m,
  /^[ \t]*(?:(?:best|kind|warm|kindest|warmest|many thanks|thanks|thank you)[ \t]*(?:and|&)?[ \t]*(?:kind |best |warm )?)?(?:regards|wishes|sincerely|yours (?:truly|sincerely|faithfully)|sincerely yours|cheers|best|thanks|thank you|mit freundlichen grüßen|viele grüße|cordialement|saludos|atentamente)[ \t]*,?[ \t]*\r?\n[ \t]*\p{Lu}[\p{L}.'’-]{1,20}(?:[ \t]\p{Lu}[\p{L}.'’-]{0,20}){0,3}[ \t]*\r?(?:\n(?![^\n]*[.!?][ \t]*\r?$)[^\n]{0,60}){0,7}$(?![\s\S])/imu,
];
const mailBefore =
  /^[ \t]{0,8}(?:on|am|le|el|il|op) [^\n]{6,140}(?:\n[^\n]{0,100})?(?:wrote|schrieb(?: [^\n]{1,60})?|a écrit|escribió|ha scritto|schreef(?: [^\n]{1,60})?)[ \t\u00a0]?:[ \t]*\r?$/gim;
const mayHoldOther =
  /[<`>|~{}[\]$"]|--|\b(?:confidential\w*|disclaimer|wrote|schrieb|écrit|escribió|scritto|schreef|sent from|regards|wishes|cheers|sincerely|faithfully|thanks|thank you|best,?$|gesendet|envoyé|enviado|outlook|download|freundlichen|grüße|cordialement|saludos|atentamente)\b|\d\d:\d\d:\d\d|^[ \t]*(?:[-*_=~#+][ \t]?){3}|^[ \t]+at /im;

/** The stretches of `source.slice(start, end)` that hold prose: no code, quotes, log lines, signatures or a model's thinking. */
export function findProse(source: string, start: number, end: number): Span[] {
  const text = source.slice(start, end);
  if (!mayHoldOther.test(text)) return [{ start, end }];
  const holes: Span[] = [];
  // A model whose thinking began before its answer did leaves the closing tag alone.
  const thought = /^(?:(?!<think)[\s\S])*?<\/think(?:ing)?>/i.exec(text);
  if (thought !== null) holes.push({ start: 0, end: thought[0].length });
  for (const pattern of notProse)
    for (const { index, 0: found } of text.matchAll(pattern)) holes.push({ start: index, end: index + found.length });
  const tail = restOfMail(text);
  if (tail !== null) holes.push({ start: tail, end: text.length });
  for (const { index, 0: found } of text.matchAll(mailBefore)) {
    const after = text.slice(index + found.length);
    const isMarked = /^\s*>/.test(after);
    const isFirst = text.slice(0, index).trim() === '';
    holes.push({ start: index, end: isMarked || isFirst ? index + found.length : text.length });
  }
  return without(holes, text.length).map((span) => ({ start: start + span.start, end: start + span.end }));
}

function restOfMail(text: string): number | null {
  const starts = restOfMailPatterns.map((pattern) => pattern.exec(text)?.index ?? text.length);
  const first = Math.min(...starts);
  return first === text.length || text.slice(0, first).trim() === '' ? null : first;
}

function without(holes: Span[], length: number): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const hole of holes.sort((a, b) => a.start - b.start)) {
    if (hole.start > at) spans.push({ start: at, end: hole.start });
    at = Math.max(at, hole.end);
  }
  if (at < length) spans.push({ start: at, end: length });
  return spans;
}

const maxChars = 600;
const namedEntities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  euro: '€',
  pound: '£',
  copy: '©',
  reg: '®',
  trade: '™',
  deg: '°',
  middot: '·',
  bull: '•',
};
const inlineTag =
  /<\/?(?:a|abbr|b|bdi|big|button|cite|code|del|em|font|i|img|input|ins|kbd|label|mark|o:p|q|s|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr)(?:\s[^<>]{0,500})?\/?>/gi;
/** Signs that show nothing: soft hyphens, zero-width spaces, marks of direction; joiners only between letters that never join. */
const invisible =
  /(?!\u200c|\u200d|[\u0600-\u0605\u06dd\u{e0020}-\u{e007f}])\p{Cf}|[\u115f\u1160\u3164\uffa0]|(?<=[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Han}\p{N}\s])(?:\u200c|\u200d)|(?:\u200c|\u200d)(?=[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Han}\p{N}\s])/gu;
const markup: readonly [RegExp, string][] = [
  [/!\[[^\]\n]{0,200}\]\([^)\s]{0,500}(?:\s"[^"]{0,100}")?\)/g, ''],
  [/\[([^\]\n]{1,300})\]\((?:[^)\s]{0,500})(?:\s"[^"]{0,100}")?\)/g, '$1'],
  [/<((?:https?:\/\/|mailto:)[^<>|\s]{1,500})>/gi, '$1'],
  [/<(?:https?:\/\/[^<>|\s]{1,500})\|([^<>\n]{1,200})>/gi, '$1'],
  [inlineTag, ''],
  [/【[^】]{0,40}†[^】]{0,80}】/g, ''],
  [/^[ \t]*#{1,6}[ \t]+(.*?)[ \t]*#*$/gm, '$1'],
  [/^[ \t]*(?:[-*+•][ \t]+)?\[[ xX]\][ \t]+/g, ''],
  // What is struck out is withdrawn.
  [/~~(?=\S)[^~\n]{1,500}?~~\s?/g, ''],
  [/(\*\*\*|\*\*|\|\|)(?=\S)([^\n]{1,500}?)\1/g, '$2'],
  [/(?<![\p{L}\p{N}_])__(?=\S)([^\n]{1,500}?)__(?![\p{L}\p{N}_])/gu, '$1'],
  [/(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*\n]{1,500}?)(?<=[^\s*])\*(?![\p{L}\p{N}*])/gu, '$1'],
  [/(?<![\p{L}\p{N}_])_(?=[^\s_])([^_\n]{1,500}?)(?<=[^\s_])_(?![\p{L}\p{N}_])/gu, '$1'],
  [/(?<![\p{L}\p{N}~])~(?=[^\s~])([^~\n]{1,500}?)(?<=[^\s~])~(?![\p{L}\p{N}~])/gu, '$1'],
  [/`+([^`\n]{1,500}?)`+/g, '$1'],
  // What is left of a pair whose other half stands in the sentence before or after.
  // Not the stars that hide a number or an address: ****4421, j***@example.com.
  [/(?<![\p{L}\p{N}*])\*\*(?!\*)|\*\*(?![\p{L}\p{N}*@])|`|(?<=\s|^)__(?=\S)|(?<=\S)__(?=\s|$)/gu, ''],
  [/(?<=^|\s)\*(?=\p{L})|(?<=[\p{L}.!?])\*(?=\s|$)/gu, ''],
  [/\s?(?:\(edited\)|<this message was edited>)$/i, ''],
  [/\\([*_`#~[\]()>!$-])/g, '$1'],
  [/(?<![\p{L}\p{N}:]):(?=[a-z0-9_+-]*[a-z])[a-z0-9_+-]{2,40}:(?![\p{L}\p{N}:])/gu, ''],
];
const mayBeMarkup = /\(edited|[*_`~<>&[\]#\\【|]|:[a-z0-9_+-]+:/;

/** A sentence as it is read: without markup and invisible signs, spaced as print is; at most its first 600 code units. */
export function toProse(sentence: string): string {
  let text = sentence.slice(0, maxChars).toWellFormed().replaceAll(invisible, '');
  if (mayBeMarkup.test(text)) {
    for (const [pattern, replacement] of markup) text = text.replace(pattern, replacement);
    text = decodeEntities(text);
  }
  return mendSpacing(text);
}

function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return namedEntities[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code >= 32 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : ' ';
  });
}

/** Mends spaced-out apostrophes (`don ' t`), curly quotes and runs of spaces. */
export function mendSpacing(text: string): string {
  return (
    text
      .slice(0, maxChars)
      .toWellFormed()
      .replaceAll(/[\s\u00A0]+/g, ' ')
      .replaceAll(/[’‘`´]/g, "'")
      .replaceAll(/[“”]/g, '"')
      .replaceAll(
        /(\p{L}) ?' ?(s|t|m|re|ve|ll|d)\b/giu,
        (_, letter: string, tail: string) => `${letter}'${tail.toLowerCase()}`,
      )
      .replaceAll(/ +([,.!?;]|:(?![()DP/|*-]))/g, '$1')
      // "I'II", read by a machine
      .replaceAll(/\bI'(?:II|lI|Il)\b/g, "I'll")
      // "$ 36. 78", "1, 000 books"
      .replaceAll(/([$€£¥]) (?=\d)/g, '$1')
      .replaceAll(/([$€£¥]\d+)\. (?=\d\d\b)/g, '$1.')
      .replaceAll(/(?<=\b\d{1,3}), (?=[05]00\b)/g, ',')
      .replaceAll(/^([^']*\p{L}s) ' (?=\p{Ll}[^']*$)/gu, "$1' ")
      .replaceAll(/(?<=^|\s)' (\p{L}[^']{0,60}?) '(?=\s|[.,!?]|$)/gu, "'$1'")
      .trim()
  );
}
