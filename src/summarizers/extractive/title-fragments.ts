/** "Took that class", "Get it back": of what nobody knows. */
export const pointsElsewhere =
  /\b(?:he|she|him|her|his)\b|^\p{L}+ (?:it|them)\b|\b(?:buy|buying|get|getting|take|taking|have|having|order|ordering|need|want) (?:some|one|any) (?:next|this|last|tomorrow|today|tonight|now|too|soon|again|on|in|at|for)\b|\b(?:to|for|of|about|with|on) (?:it|them)\b|\b(?:get|gets|got|take|took|do|did|does|send|sent|return|see|saw|have|had|has|make|made|bring|put|keep|find|use|try|tried|want|need|like|change|cancel|fix|buy|bought|purchase|order|ordered|open|opened|lost|find|found|leave|left|give|gave|show|sell|sold|\w+[^aeiou]ed) (?:it|them|that|this|those|these|him|her)\b/iu;
export const asksOfIt = /^(?:is|are|was|were|does|do|did|can|will|would|has|have|should) (?:it|they|he|she)\b/i;
export const endsInPronoun = /\b(?:it|them|this|that|these|those|one)$/i;
/** What is left where the sentence was about more than its title could say, and what says nothing by itself. */
export const fragment =
  /^(?:be|been|being|am|is|are|was|were|have|has|had|do|does|did|get|got|go|come|going|coming|told|said|say|says|heard|seen|know|known|think|thought|guess|mean|meant|let|want|wanted|like|love|loved|hate|feel|felt|see|saw|look|looks|seem|seems|sound|sounds|just|so|too|very|really|about|in|on|at|for|with|from|of|by|as|to|than|then|if|when|while|because|since|until|after|before|now|well|maybe|perhaps|obviously|actually|never|ever|always|not|no|yes|oh|how to (?:know|say|put|do)|took|taken|compared|already|exactly|around|longer|done|quite|such|would|could|should|might|must|don't|didn't|there(?:'s|'re)?|glad|sorry|nothing|something|anything|although|though|absolutely|anyway|regardless|hopefully|unfortunately|luckily|also|only|here(?:'s)?|hope|even|most importantly|up|according|every|unlike|remember|how to (?:feel|think|look)|usually|agree|wonder|it(?:'s| is| was| will| would| has| had| can| does| looks| seems)|mine|yours|whatever|much|such)\b/i;
export const asksByItself =
  /^(?:(?:to|for|with|from|at|in|on|of) )?(?:wh(?:at|ere|en|y|o|om|ose|ich)|how|am|is|are|was|were|do|does|did|have|has|had|can|could|will|would|shall|should|may|might|must|isn't|aren't|wasn't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|haven't|hasn't|shouldn't)\b/i;
const labels =
  /^(?:(?:tele)?phone|mobile|cell|fax|order|reference|ticket|tracking|serial|customer|account|case|number|code|id|no|nr|is|the|my|it|and|or|one|thing|things|something|stuff)$/i;
/** The same of a question that was reworded: "May I come in?" */
export const fragmentOfQuestion =
  /^(?:like|prefer|mind|rather|want|care|be|come|go|do|see|tell|say|let|know|think|help yo)\b/i;

/** "XQ-77 12", "Telephone number is 555 0134": what it is of is missing. */
export function isOnlyACode(phrase: string): boolean {
  const words = phrase.replaceAll(/\S*\d\S*/gu, '').match(/\p{L}{2,}/gu) ?? [];
  return words.every((word) => labels.test(word));
}
