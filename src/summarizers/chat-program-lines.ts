/** Lines that chat programs write themselves among what people say, as WhatsApp, Telegram, Slack, Teams and Discord have them. */
const kinds: readonly RegExp[] = [
  /messages and calls are end-to-end encrypted.*/,
  // What cannot be shown as text.
  /<[^<>]{2,60}(?:omitted|weggelassen|ausgeschlossen|omis|omitido)>/,
  /<(?:attached|media|this message was edited)[^<>]{0,80}>/,
  /(?:image|video|audio|sticker|gif|document|contact card|photo|media|voice message) omitted/,
  /\S{1,80}\.\w{2,5} \(file attached\)/,
  /\[\s?(?:photo|video|sticker|voice|file|gif|poll|contact|location|album|image)[^\]]{0,60}\]/,
  /(?:this message was deleted|you deleted this message|message deleted|this message has been deleted)\.?/,
  /(?:missed (?:voice|video|group) call|voice call|video call|no answer|call ended).{0,60}/,
  // Who came, went, and changed what.
  /(?:\S+ ){0,4}(?:joined|left|was added to|was removed from)(?: the| this)? (?:group|channel|chat|conversation|call|meeting|server|#\S{1,40}|your team)\b.{0,60}/,
  /(?:\S+ )?joined using this group's invite link/,
  /(?:has )?(?:joined|left)(?: via .{1,40})?\.?/,
  /(?:\S+ ){1,5}(?:changed|set|updated|cleared|renamed) (?:the|this|their|your)(?: \S+){0,2}? ?(?:group|channel|chat|conversation|phone|security|timer|topic|purpose|subject|icon)\b.{0,120}/,
  /(?:changed|set|updated|cleared|renamed) the (?:group|channel|chat) (?:topic|purpose|description|subject|icon|name).{0,120}/,
  /(?:set|cleared) the channel.{0,120}/,
  /(?:\S+ ){1,4}(?:created|archived|unarchived) (?:the |this |a )?(?:group|channel|chat|poll)\b.{0,80}/,
  /(?:\S+ ){1,4}(?:added|removed|invited) (?:\S+ ){1,8}(?:to|from) (?:the|this) (?:group|channel|chat|conversation|meeting)\.?/,
  /(?:\S+ ){0,4}pinned (?:a|this) message.{0,60}/,
  /(?:\S+ ){0,4}(?:started|ended) (?:a|the) (?:call|huddle|meeting|poll)\b.{0,60}/,
  /(?:\S+ ){0,4}(?:turned (?:on|off) )?disappearing messages.{0,80}/,
  /(?:\S+ ){1,6}security code .{0,80}/,
  // What stands around a message: answers, reactions, marks.
  /\[?(?:in reply to|forwarded from|replying to) [^\]]{1,60}\]?/,
  /\d{1,3} (?:repl(?:y|ies)|reactions?)(?: .{0,40})?/,
  /last reply .{0,40}|view thread|also sent to the channel|replied to a thread:.{0,120}|thread:?/,
  /(?::[a-z0-9_+-]{2,40}:\s?\d{0,4}\s?){1,20}/,
  /(?:like|heart|laugh|sad|angry|surprised) \d{1,3}/,
  /\(?edited\)?|new(?: messages?)?|today|yesterday|delivered|seen(?: by .{0,60})?|read(?: \d{1,2}:\d{2})?/,
  // A day between two.
  /[-—–\s]{0,12}(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?:,? [a-z]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?)?[-—–\s]{0,12}/,
  /[-—–\s]{1,12}(?:\d{1,2} )?[a-z]{3,9}\.? (?:\d{1,2},? )?\d{4}[-—–\s]{1,12}/,
];
const byTheProgram = new RegExp(String.raw`^\s*(?:${kinds.map(({ source }) => source).join('|')})\s*$`, 'iu');
/** Put by WhatsApp before what it says itself, also where it stands under somebody's name. */
const saidByWhatsapp = '\u200e';
const maxChars = 160;

/** Whether a line of a chat export was written by the chat program rather than by somebody. */
export function isByTheProgram(line: string): boolean {
  if (line.trimStart().startsWith(saidByWhatsapp)) return true;
  return line.length <= maxChars && byTheProgram.test(line);
}
