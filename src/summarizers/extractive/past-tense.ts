const irregularForms = new Map(
  'be was become became begin began break broke bring brought build built buy bought catch caught choose chose come came cost cost cut cut do did draw drew drink drank drive drove eat ate fall fell feel felt find found fly flew forget forgot get got give gave go went grow grew have had hear heard hold held hurt hurt keep kept know knew leave left lend lent let let lose lost make made mean meant meet met pay paid put put read read ride rode ring rang rise rose run ran say said see saw sell sold send sent set set show showed shut shut sing sang sit sat sleep slept speak spoke spend spent stand stood steal stole swim swam take took teach taught tell told think thought throw threw understand understood wake woke wear wore win won write wrote'
    .split(' ')
    .reduce<[string, string][]>((pairs, word, at, words) => {
      const past = words[at + 1];
      if (at % 2 === 0 && past !== undefined) pairs.push([word, past]);
      return pairs;
    }, []),
);

const pasts = new Set([...irregularForms].filter(([verb, past]) => verb !== past).map(([, past]) => past));

/** Whether a word in lower case is the past of an irregular verb, and not its plain form: `left`, `went`. */
export function isIrregularPast(word: string): boolean {
  return pasts.has(word);
}

/** `go` → `went`, `order` → `ordered`, from a verb's plain form in lower case. */
export function toPast(verb: string): string {
  const irregular = irregularForms.get(verb);
  if (irregular !== undefined) return irregular;
  if (verb.endsWith('e')) return `${verb}d`;
  if (/[^aeiou]y$/.test(verb)) return `${verb.slice(0, -1)}ied`;
  // One short syllable doubles its last letter: stop, plan.
  if (/^[^aeiou]*[aeiou][bdgkmnprt]$/.test(verb)) return `${verb}${verb.at(-1)}ed`;
  return `${verb}ed`;
}
