/** Counts the statements of an embedded database, in the process that it is preloaded into, and tells when asked. */
import { PGlite } from '@electric-sql/pglite';

let count = 0;
const { prototype } = PGlite;
const original = prototype.execProtocolRaw;
// Each statement is executed by one message of this kind, or by a simple query.
prototype.execProtocolRaw = function (message, options) {
  if (message[0] === 'E'.charCodeAt(0) || message[0] === 'Q'.charCodeAt(0)) count++;
  return original.call(this, message, options);
};
process.on('message', () => process.send?.(count));
// Being asked keeps nothing alive.
process.channel?.unref();
