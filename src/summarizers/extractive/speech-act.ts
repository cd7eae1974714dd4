/** What a sentence does. */
export type Act = 'promise' | 'request' | 'suggestion' | 'question' | 'wish' | 'statement';

/** A sentence told by a third: `subject` is how it begins (the speaker's name, mostly), `rest` goes on without the full stop. */
export type Reported = { act: Act; subject: string; rest: string };
