/** What the parts of the gateway tell of their work, for whoever watches it: counted by each process for itself. */
export type Figures = {
  jobEnded(job: string, outcome: 'done' | 'failed', seconds: number): void;
  /** `run`: null where it did not come to its end, and goes on later. */
  syncEnded(upstream: { id: string; provider: string }, outcome: string, run: FinishedSync | null): void;
  summaryEnded(outcome: 'made' | 'failed', seconds: number): void;
  webhookAttempted(outcome: 'delivered' | 'failed', seconds: number): void;
  statementEnded(seconds: number): void;
};

export type FinishedSync = { seconds: number; requests: number; changes: number };
