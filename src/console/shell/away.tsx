import { useEffect, useState } from 'react';
import { useData, useGatewayState } from '../client/client.ts';
import { CloudOff } from '../generated/icons.tsx';

/** Seconds until a moment, counted down. */
function useSecondsUntil(at: number | null): number | null {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (at === null) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [at]);
  return at === null ? null : Math.max(0, Math.ceil((at - now) / 1_000));
}

/** Says that the gateway does not answer, for as long as it does not. */
export function AwayBanner() {
  const { live } = useData();
  const { state, retryAt } = useGatewayState();
  const seconds = useSecondsUntil(retryAt);
  const isAway = state === 'away';
  return (
    <div role="status">
      {isAway && (
        <div className="away">
          <CloudOff size={17} aria-hidden />
          <span>The gateway does not answer. What is shown may be old.</span>
          <span aria-live="off" className="tabular">
            {seconds === null || seconds === 0 ? 'Trying now…' : `Trying again in ${seconds} s`}
          </span>
          <button type="button" className="button" onClick={live.retryNow}>
            Try now
          </button>
        </div>
      )}
    </div>
  );
}
