import type { Reported } from './speech-act.ts';

/**
 * What shows that a sentence was broken as it was written, or was not read right. It is left out: a quiet summary is
 * better than one that nobody can make sense of.
 */
const garbled: readonly RegExp[] = [
  // "says that 'm not thinking straight"
  /(?:^|\s)'(?:m|s|re|ve|d|ll|t)\b/i,
  // "1 didn't think so"
  /\b1 (?:am|was|have|had|do|did|don't|didn't|can|can't|could|will|would|should|think|know)\b/,
  // "drew a blank on ~ about the test", "[Hmm]", "…, but."
  /(?:^|\s)[~|^*_=<>\\]+(?=\s|$)|\[(?:h+m+|ok|okay|laugh\w*|sigh\w*|inaudible|crosstalk|pause)\b|[{}]/i,
  /\b(?:and|but|or|because|the|an?|if|than|my|your|their|whether)[\s.,!?…-]*$/i,
  // Nobody who does it: "says was wearing shoes", "says already pushed".
  /\bsays (?:am|is|are|was|were|has|have|had|do|does|did|don't|doesn't|didn't|can|could|will|would|should|be|been|already|also|yet|let|seems?|sounds?|looks?|feels?|depends|got|went|came|took|saw|heard|thought|means|makes)\b/,
  /\b(?:says|asks) (?:\p{L}+ )?(?:says|asks)\b/u,
  /\bsays (?:that )?(?:how|what|why|where|when|who) (?:can|could|do|does|did|is|are|was|have|has|had|will|would|should|shall)\b(?! not)/,
  /\b(?:their|his|her|its) (?:will|is|are|was|were|can) \p{L}|\bto do,|\bmay \S+ ask/u,
  /\bsays (?:that )?(?:am|is|are|was|were|has|have|had|wo|ca|could|would|should|did|do|does)n't\b|, be sure\b|\bsays (?:that )?(?:come|same|better|worse|plus|minus|let's|thanks|sorry)\b(?! (?:than|also|of)\b)/,
  /(?<!s)\s' \p{L}|\bsays (?:that )?' /u,
  // "they don't haven any", "shouldn't to be", "when get tired", "seems like rain", "had better not."
  /n't (?:haven|having|has|had|was|is|are|did|got|to)\b|\b(?:when|if|because) (?:am|get|got|went|came|have|had)\b|, (?:seems?|looks?|sounds?) like\b|\bhad better not(?=,|\.?$)/,
  // "a job's a job Gotta earn money", "…, shall they?"
  /\p{Ll}{2} (?:Gotta|But|And|So|Then|Because|They|We|He|She|You|There|This|That|How|Why|If|Is|Are|Do|Don't|Let)\s|, shall \S+[.?]*$/u,
  // "it's sounds like fun", "4 years, but uh, I grew up here", "not dying are you, it looks like"
  /\bthe \p{Ll}+ is \p{Ll}+ is\b|\bit's (?:sounds?|looks?|seems?|feels?|has|have)\b|\b(?:uh|um|erm?|ha ha)\b,|ing (?:are|is) (?:#\S+|they|he|she|\p{Lu}\S+), /u,
  // "wants Bob know", "…, get it?", "that's too bad, anyway, things will turn round"
  /\bwants (?:the )?(?:#\S+|them|user|assistant|\p{Lu}\p{Ll}+) (?:know|be|have|get|do|go|come)\b|, get it\b|, anyway,/u,
  // "it's and excellent", "on the bottle here that I can have two", "you got it"
  /\bit's(?: (?:and|but|or)\b|[,.]?$)|\bsays that (?:on|in|at) [^,]* here that\b|\bsays (?:they|#\S+|the \w+|\p{Lu}\p{Ll}+) got (?:it|them|me|#\S+)[.!]?$/u,
  // Orders that were not read as such: "says insert the card", "says Position yourself, …"
  /\bsays (?:that )?(?:[Ii]nsert|[Pp]osition|[Rr]emember|[Ii]magine)\s|\band that (?:Position|Insert|Put|Press|Push) /u,
  // "an article I hope I can sell", "my class, the students who go to work", "it seems not or"
  /\bsays (?:that )?an? \p{Ll}+ (?:#\S+|they) (?:hopes?|wants?|thinks?) (?:#\S+|they) \p{Ll}+ \p{Ll}+(?:,|\.|$)|'s (?:\p{Ll}+ ){0,3}\p{Ll}+, (?:the|an?) \p{Ll}+ (?:who|that|which) [^,]*$|\bseems not or\b/u,
  // "offers Bob anything else", "suggests that they say simple", "asks about Bob", "before left home"
  /\boffers (?:the )?\S+ (?:anything|something) else\b|\bsuggests that they say\b|\basks about (?:#\S+|them|the user|the assistant)[.?]*$|\b(?:before|after) (?:left|went|came|got|leave|go)\b/u,
  // "…, and she.", "cutting grass, raking leaves", "will e paying", "to say anything wants", "tell them will be there"
  /, and (?:she|he|they|it)[.?]*$|\bsays (?:that )?\p{Ll}+ing \p{Ll}+, \p{Ll}+ing\b|\b(?:will|to|can) [b-hj-z] \p{L}|\bto \p{Ll}+ (?:any|every|some)thing \p{Ll}+s\b|\bthem will\b|\b(?:has|have) here\b|\bit better\.?$|\bwould due\b|\bsays unlikely\b|\bare them\b|\bthat like (?!\p{Ll}+ing\b)|\ban? \p{Ll}+-\p{Ll}+ed$|\band look at\b|\b(?:uh|um|er|erm)[.,]?$|\band I\b|\bsays this \p{Ll}+ \d+\b|\bsays \p{Lu}\p{Ll}+ (?:email|call|write|say|tell|send|ask|go|come|have|do) |(?<!\band )(?:#\S+|\b(?:user|assistant)|\b\p{Lu}\p{Ll}+) (?:to )?\p{Ll}+ each other\b|\bsays may (?:this|the|all|your|their|#)|\bsays which (?:gives|is|are|was|were|means|makes|has|have|can|will)\b|\bsays (?:that )?(?:tomorrow|today|at|in|on|for) [^,]*, (?:meet|visit|attend|host|take|have|bring) |\bsays \p{Ll}+, \p{Lu}\p{Ll}+, |\bin (\p{Lu}\p{L}+), .*\b\1\b|\p{L}{4}(?<!be)having\b|\bthem with them\b|\bsays \p{L}+, \p{Ll}+, \p{Ll}+, |\bmuch the same except\b/u,
  // "asks how old he is and why doesn't he know", "then, what were those years for"
  /(?:,| and| or) (?:why|how|what|where|when|who) (?:is|are|was|were|do|does|did|can|will|would|has|have)(?:n't)? (?:#|the |they |he |she |it |those |these |\p{Lu})/u,
  // "the assistant's allergic to cats"
  /'s (?:allergic|able|afraid|sure|late|right|wrong|welcome|going) (?:to|of|about)\b/u,
  // "asks Bob to walk two blocks and it's on the corner", "says Dad, but I can manage"
  /\b(?:asks|tells|advises) .* to .* and it(?:'s| is) |\bsays (?:\p{Lu}\p{Ll}+), (?:but|so)\b/u,
  // "says a little bit expensive", "says that besides exercise will help"
  /\bsays (?:that )?(?:a (?:little )?bit|a little|very|too|so|quite|rather|pretty) \p{Ll}+(?:,|\.?$)|\bsays that besides\b(?!.*, (?:they|it|there|the|#|\p{Lu}))|\ball of them\b.*\ball of them\b/u,
  /\bthere (?:is|are) (?:playing|showing|having|doing|making|getting|going|coming|saying|looking)\b/,
  // "people think so, but after they all have a few beers"
  /(?<!\b(?:where|when|how|why|what)) (?:but|and|so) (?:after|when|if|because|before|until|since|once|while|although) (?:(?!\b(?:it|they|he|she|there|[A-Z]\S+) (?:will|would|can|could|may|should|is|are)\b)[^,])*$/,
  /, (?:will|would|can|could|do|does|did|is|are) (?:the \w+|#\S+|\p{Lu}\p{L}+|they|he|she) \p{L}+s\b/u,
  /\s[,;](?=\s|$)|'s (?:am|is|are|was|were|not)\b/,
  // An order that was not read as one.
  /\bsays (?:that )?(?:(?:for|to|in|on|at) [^,]{2,60}, )?(?:turn|put|go|take|keep|drive|walk|meet|insert|press|click|bring|open|close|choose|select|enter|type|push|pull|cross|visit|try|eat|taste|see|have|walk|enjoy|explore|stop|buy|add|mix|stir|bake|cook|fry|leave|drink) (?:left|right|straight|the|your|an?|it|to|on|off|up|down|back|out)\b|\blet's\b/i,
  /\bsays [Uu]se (?!of\b|is\b|was\b|cases?\b)/,
  // "asks whether Sara are Sara finished", "it's they have been planning"
  /(?<![\p{L}#])(#?\p{Lu}\S+) (?:are|is|do|did|have|can|will|will be) \1(?![\p{L}#])|\( |\bit's (?:they|he|she) (?:have|has|are|is|will)\b/u,
  // "kids'ability": words that ran together.
  /\p{Ll}'(?!clock\b|all\b|roll\b)\p{L}{3,}/u,
];
/** Whether what was told makes no sense as a sentence. */
export function isGarbled({ subject, rest }: Reported): boolean {
  const text = `${subject} ${rest}`;
  const quotes = text.match(/"/g)?.length ?? 0;
  // 'raising the pigs, raising the kids.
  const opened = text.match(/(?:^|\s)'(?!(?:em|cause|til|bout|round|n)\b)[\p{L}#]/gu)?.length ?? 0;
  const closed = text.match(/[\p{L}\p{N}][.,!?]?'(?=[\s.,!?]|$)/gu)?.length ?? 0;
  return quotes % 2 === 1 || opened > closed || garbled.some((pattern) => pattern.test(text));
}
