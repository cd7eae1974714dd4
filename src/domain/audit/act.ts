/** What a caller does, for the audit log: a line of its own. */
export type Act = {
  /** A mutation's name, a method and path of REST, an operator's command. */
  readonly action: string;
  readonly requestId: string | null;
  /** What it is done to, where that is known before; only an id of ours is kept. */
  readonly targetId: string | null;
};
