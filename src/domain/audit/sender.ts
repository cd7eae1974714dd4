export const auditWays = ['GRAPHQL', 'REST', 'ADMIN'] as const;

/** Where a request came from. */
export type Origin = {
  /** Of the other end of its connection: a proxy's, where there is one; null where there is no connection. */
  readonly address: string | null;
  /** Whom the nearest proxy says that it asks for; anybody may claim it where there is no proxy. */
  readonly forwardedFor: string | null;
};

/** The same, and by which way. */
export type Sender = Origin & { readonly way: (typeof auditWays)[number] };

/** An operator's command. */
export const operator: Sender = { way: 'ADMIN', address: null, forwardedFor: null };
