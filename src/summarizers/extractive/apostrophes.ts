/** Adjectives after which "its" is "it is" where nothing more of a noun phrase follows. */
const states =
  'good|bad|great|fine|nice|ok|okay|wrong|right|broken|late|slow|fast|cold|hot|cheap|expensive|small|big|easy|hard|possible|important|true|urgent|empty|full|open|closed|back|here|there|down|dead|gone|over|free|ready|done|lost';
const rules: readonly [RegExp, string][] = [
  [/\b(that|what|where|who|how|there|here|he|she)s(?=\s|[.,!?]|$)/gi, "$1's"],
  [/\b(that|it|you|they)ll\b/gi, "$1'll"],
  [/\b(i|I)m(?=\s)/g, "$1'm"],
  [/\b(i|you|we|they)ve(?=\s)/gi, "$1've"],
  [/\b(you|they)re(?=\s)/gi, "$1're"],
  [/\b(do|does|did|is|are|was|were|have|has|had|could|would|should)nt\b/gi, "$1n't"],
  [/\b(d)(?:osent|oesent|osnt)\b/gi, "$1oesn't"],
  [/\b(ca|wo)nt\b/gi, "$1n't"],
  [
    /\b(it)s(?=\s(?:an?|the|not|been|so|too|very|really|just|still|always|never|already|also|only|my|your|our|his|in|on|at|for|from|like|because|working|getting|going|making|doing|coming|taking|showing|saying|raining|snowing|asking|\d\S*)(?:\s|[.,!?]|$))/gi,
    "$1's",
  ],
  [
    new RegExp(
      String.raw`\b(it)s(?=\s(?:${states})(?:\s?[.,!?]|\s?$|\s(?:to|that|for|and|but|in|on|at|now|again|today|when|if|because|since)\b))`,
      'gi',
    ),
    "$1's",
  ],
  [
    /(^|[,.!?]\s|\b(?:so|and|ok|okay) )(let)s(?=\s(?:go|see|do|try|meet|get|start|make|have|talk|say|take|be|not|keep|move|eat|buy|call|play|ask)\b)/gi,
    "$1$2's",
  ],
];

/** Contractions written without their apostrophe, with it: "thats", "dont", "im"; "its" only where it can be no owner. */
export function withApostrophes(text: string): string {
  let mended = text;
  for (const [pattern, replacement] of rules) mended = mended.replaceAll(pattern, replacement);
  return mended;
}
