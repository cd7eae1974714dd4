import { protocol } from '@electric-sql/pglite';

/** A decoder that takes U+FEFF at a text's beginning for a character, as PostgreSQL does, and not for a mark. */
class WholeTextDecoder extends TextDecoder {
  constructor(label?: string, options?: TextDecoderOptions) {
    super(label, { ...options, ignoreBOM: true });
  }
}

let isKept = false;

/**
 * Has PGlite give texts back as they were stored. The parser of its protocol makes its decoder itself, one that drops
 * a leading U+FEFF; so each parser hands on to another, which was made while `TextDecoder` stood for ours. That is
 * within one synchronous step: nobody else ever sees it.
 */
export function keepByteOrderMarks(): void {
  if (isKept) return;
  isKept = true;
  const { Parser } = protocol;
  const { parse } = Parser.prototype;
  const wholes = new WeakMap<protocol.Parser, protocol.Parser>();
  Parser.prototype.parse = function (buffer, callback) {
    const whole = wholes.get(this) ?? createWholeParser();
    wholes.set(this, whole);
    parse.call(whole, buffer, callback);
  };
}

function createWholeParser(): protocol.Parser {
  const { TextDecoder: original } = globalThis;
  globalThis.TextDecoder = WholeTextDecoder;
  try {
    return new protocol.Parser();
  } finally {
    globalThis.TextDecoder = original;
  }
}
