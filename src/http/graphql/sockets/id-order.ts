import { isRecord } from '../../../lib/json.ts';

type Operation = {
  /** Null where it was handed over at once. */
  begun: Promise<void> | null;
  over: Promise<void>;
  isLeft: boolean;
};

/**
 * Hands a socket's messages to the protocol's server, which knows operations by their ids alone: one that its client has
 * completed while it is still being opened or run would be taken for the next one of the same id, which could not
 * be left any more then. So the next one waits until it is over.
 */
export function createIdOrder(handle: (text: string) => Promise<void>): (text: string) => Promise<void> {
  const operations = new Map<string, Operation>();

  const later = (begun: Promise<void>, text: string) => begun.then(() => handle(text));
  /** Holds on to nothing of the message: an operation may last for ever. */
  const note = (id: string, begun: Promise<void> | null, handled: Promise<void>) => {
    const operation: Operation = { begun, isLeft: false, over: handled.catch(() => {}) };
    operations.set(id, operation);
    operation.over.then(() => {
      if (operations.get(id) === operation) operations.delete(id);
    });
    return handled;
  };

  return (text) => {
    const message = readHead(text);
    if (message === null) return handle(text);
    const { type, id } = message;
    const known = operations.get(id);
    if (type === 'subscribe' && known === undefined) return note(id, null, handle(text));
    if (type === 'subscribe' && known?.isLeft) return note(id, known.over, later(known.over, text));
    if (type === 'complete' && known !== undefined) known.isLeft = true;
    return known?.begun == null ? handle(text) : later(known.begun, text);
  };
}

/** Null where it is no message about an operation, which is not judged here. */
function readHead(text: string): { type: string; id: string } | null {
  try {
    const message: unknown = JSON.parse(text);
    if (!isRecord(message)) return null;
    const { type, id } = message;
    return typeof type === 'string' && typeof id === 'string' ? { type, id } : null;
  } catch {
    return null;
  }
}
