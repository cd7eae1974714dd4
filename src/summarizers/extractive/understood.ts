import type { Reported } from './speech-act.ts';

/**
 * What shows that a sentence was broken as it was written, or was not read right. It is left out: a quiet summary is
 * better than one that nobody can make sense of.
 */
const garbled: readonly RegExp[] = [
  /\bsays done and\b/,
  // "says that 'm not thinking straight"
  /(?:^|\s)'(?:m|s|re|ve|d|ll|t)\b/i,
  // "1 didn't think so"
  /\b1 (?:am|was|have|had|do|did|don't|didn't|can|can't|could|will|would|should|think|know)\b/,
  // "drew a blank on ~ about the test", "[Hmm]", "…, but."
  /(?:^|\s)[~|^*_=<>\\]+(?=\s|$)|\[(?:h+m+|ok|okay|laugh\w*|sigh\w*|inaudible|crosstalk|pause)\b|[{}]/i,
  /\b(?:and|but|or|because|the|an?|if|than|my|your|their|whether)[\s.,!?…-]*$/i,
  // Nobody who does it: "says was wearing shoes", "says already pushed".
  /\bsays (?:am|is|are|was|were|has|have|had|do|does|did|don't|doesn't|didn't|can|could|will|would|should|be|been|already|also|yet|let|seems?|sounds?|looks?|feels?|depends|got|went|came|took|saw|heard|thought|means|makes)\b/,
  /\b(?:says|asks) (?:[A-Za-z]+ )?(?:says|asks)\b/u,
  /\bsays (?:that )?(?:how|what|why|where|when|who) (?:can|could|do|does|did|is|are|was|have|has|had|will|would|should|shall)\b(?! not)/,
  /\b(?:their|his|her|its) (?:will|is|are|was|were|can) [A-Za-z]|\bto do,|\bmay \S+ ask/u,
  /\bsays (?:that )?(?:am|is|are|was|were|has|have|had|wo|ca|could|would|should|did|do|does)n't\b|, be sure\b|\bsays (?:that )?(?:come|same|better|worse|plus|minus|let's|thanks|sorry)\b(?! (?:than|also|of)\b)/,
  /(?<!s)\s' [A-Za-z]|\bsays (?:that )?' /u,
  // "they don't haven any", "shouldn't to be", "when get tired", "seems like rain", "had better not."
  /n't (?:haven|having|has|had|was|is|are|did|got|to)\b|\b(?:when|if|because) (?:am|get|got|went|came|have|had)\b|, (?:seems?|looks?|sounds?) like\b|\bhad better not(?=,|\.?$)/,
  // "a job's a job Gotta earn money", "…, shall they?"
  /[a-z]{2} (?:Gotta|But|And|So|Then|Because|They|We|He|She|You|There|This|That|How|Why|If|Is|Are|Do|Don't|Let)\s|, shall \S+[.?]*$/u,
  // "it's sounds like fun", "4 years, but uh, I grew up here", "not dying are you, it looks like"
  /\bthe [a-z]+ is [a-z]+ is\b|\bit's (?:sounds?|looks?|seems?|feels?|has|have)\b|\b(?:uh|um|erm?|ha ha)\b,|ing (?:are|is) (?:#\S+|they|he|she|[A-Z]\S+), /u,
  // "wants Bob know", "…, get it?", "that's too bad, anyway, things will turn round"
  /\bwants (?:the )?(?:#\S+|them|user|assistant|[A-Z][a-z]+) (?:know|be|have|get|do|go|come)\b|, get it\b|, anyway,/u,
  // "it's and excellent", "on the bottle here that I can have two", "you got it"
  /\bit's(?: (?:and|but|or)\b|[,.]?$)|\bsays that (?:on|in|at) [^,]* here that\b|\bsays (?:they|#\S+|the \w+|[A-Z][a-z]+) got (?:it|them|me|#\S+)[.!]?$/u,
  // Orders that were not read as such: "says insert the card", "says Position yourself, …"
  /\bsays (?:that )?(?:[Ii]nsert|[Pp]osition|[Rr]emember|[Ii]magine)\s|\band that (?:Position|Insert|Put|Press|Push) /u,
  // "an article I hope I can sell", "my class, the students who go to work", "it seems not or"
  /\bsays (?:that )?an? [a-z]+ (?:#\S+|they) (?:hopes?|wants?|thinks?) (?:#\S+|they) [a-z]+ [a-z]+(?:,|\.|$)|'s (?:[a-z]+ ){0,3}[a-z]+, (?:the|an?) [a-z]+ (?:who|that|which) [^,]*$|\bseems not or\b/u,
  // "offers Bob anything else", "suggests that they say simple", "asks about Bob", "before left home"
  /\boffers (?:the )?\S+ (?:anything|something) else\b|\bsuggests that they say\b|\basks about (?:#\S+|them|the user|the assistant)[.?]*$|\b(?:before|after) (?:left|went|came|got|leave|go)\b/u,
  // "…, and she.", "cutting grass, raking leaves", "will e paying", "to say anything wants", "tell them will be there"
  /, and (?:she|he|they|it)[.?]*$|\bsays (?:that )?[a-z]+ing [a-z]+, [a-z]+ing\b|\b(?:will|to|can) [b-hj-z] [A-Za-z]|\bto [a-z]+ (?:any|every|some)thing [a-z]+s\b|\bthem will\b|\b(?:has|have) here\b|\bit better\.?$|\bwould due\b|\bsays unlikely\b|\bare them\b|\bthat like (?![a-z]+ing\b)|\ban? [a-z]+-[a-z]+ed$|\band look at\b|\b(?:uh|um|er|erm)[.,]?$|\band I\b|\bsays this [a-z]+ \d+\b|\bsays [A-Z][a-z]+ (?:email|call|write|say|tell|send|ask|go|come|have|do) |(?<!\band )(?:#\S+|\b(?:user|assistant)|\b[A-Z][a-z]+) (?:to )?[a-z]+ each other\b|\bsays may (?:this|the|all|your|their|#)|\bsays which (?:gives|is|are|was|were|means|makes|has|have|can|will)\b|\bsays (?:that )?(?:tomorrow|today|at|in|on|for) [^,]*, (?:meet|visit|attend|host|take|have|bring) |\bsays [a-z]+, [A-Z][a-z]+, |\bin ([A-Z][A-Za-z]+), .*\b\1\b|[A-Za-z]{4}(?<!be)having\b|\bthem with them\b|\bsays [A-Za-z]+, [a-z]+, [a-z]+, |\bmuch the same except\b/u,
  // "asks how old he is and why doesn't he know", "then, what were those years for"
  /(?:,| and| or) (?:why|how|what|where|when|who) (?:is|are|was|were|do|does|did|can|will|would|has|have)(?:n't)? (?:#|the |they |he |she |it |those |these |[A-Z])/u,
  // "the assistant's allergic to cats"
  /'s (?:allergic|able|afraid|sure|late|right|wrong|welcome|going) (?:to|of|about)\b/u,
  // "asks Bob to walk two blocks and it's on the corner", "says Dad, but I can manage"
  /\b(?:asks|tells|advises) .* to .* and it(?:'s| is) |\bsays (?:[A-Z][a-z]+), (?:but|so)\b/u,
  // "says a little bit expensive", "says that besides exercise will help"
  /\bsays (?:that )?(?:a (?:little )?bit|a little|very|too|so|quite|rather|pretty) [a-z]+(?:,|\.?$)|\bsays that besides\b(?!.*, (?:they|it|there|the|#|[A-Z]))|\ball of them\b.*\ball of them\b/u,
  /\bthere (?:is|are) (?:playing|showing|having|doing|making|getting|going|coming|saying|looking)\b/,
  // "people think so, but after they all have a few beers"
  /(?<!\b(?:where|when|how|why|what)) (?:but|and|so) (?:after|when|if|because|before|until|since|once|while|although) (?:(?!\b(?:it|they|he|she|there|[A-Z]\S+) (?:will|would|can|could|may|should|is|are)\b)[^,])*$/,
  /, (?:will|would|can|could|do|does|did|is|are) (?:the \w+|#\S+|[A-Z][A-Za-z]+|they|he|she) [A-Za-z]+s\b/u,
  /\s[,;](?=\s|$)|'s (?:am|is|are|was|were|not)\b/,
  // An order that was not read as one.
  /\bsays (?:that )?(?:(?:for|to|in|on|at) [^,]{2,60}, )?(?:turn|put|go|take|keep|drive|walk|meet|insert|press|click|bring|open|close|choose|select|enter|type|push|pull|cross|visit|try|eat|taste|see|have|walk|enjoy|explore|stop|buy|add|mix|stir|bake|cook|fry|leave|drink) (?:left|right|straight|the|your|an?|it|to|on|off|up|down|back|out)\b|\blet's\b/i,
  /\bsays [Uu]se (?!of\b|is\b|was\b|cases?\b)/,
  // "asks whether Sara are Sara finished", "it's they have been planning"
  /(?<![A-Za-z#])(#?[A-Z]\S+) (?:are|is|do|did|have|can|will|will be) \1(?![A-Za-z#])|\( |\bit's (?:they|he|she) (?:have|has|are|is|will)\b/u,
  // "kids'ability": words that ran together.
  /[a-z]'(?!clock\b|all\b|roll\b)[A-Za-z]{3,}/u,
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
