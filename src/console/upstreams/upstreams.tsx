import '../styles/upstreams.css';
import '../styles/table.css';
import { useEffect, useRef, useState } from 'react';
import { useMutation, useQuery, useSubscription } from 'urql';
import { apiNames, formatCount } from '../client/names.ts';
import { explainError, explainFailure } from '../client/words.ts';
import {
  DisconnectUpstreamDocument,
  UpstreamChangesDocument,
  type UpstreamRowFragment,
  UpstreamsDocument,
} from '../generated/documents.ts';
import { PlugZap, Plus } from '../generated/icons.tsx';
import { Page } from '../shell/pages.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { Empty, Skeleton, Trouble } from '../ui/parts.tsx';
import { complain, tell } from '../ui/toast.tsx';
import { UpstreamCard } from './card.tsx';
import { ConnectUpstream } from './connect.tsx';
import { EditUpstream } from './edit-upstream.tsx';

const lookEveryMs = 5_000;

/** A sync that finds nothing new tells nobody: the page looks by itself once one was due, to show how fresh it is. */
function useLookWhenDue(upstreams: readonly UpstreamRowFragment[] | null | undefined, look: () => void): void {
  const latest = useRef({ upstreams, look });
  latest.current = { upstreams, look };
  useEffect(() => {
    const timer = setInterval(() => {
      const now = Date.now();
      const isDue = latest.current.upstreams?.some(
        ({ nextSyncAt }) => nextSyncAt !== null && Date.parse(nextSyncAt) < now,
      );
      if (isDue === true && document.visibilityState === 'visible') latest.current.look();
    }, lookEveryMs);
    return () => clearInterval(timer);
  }, []);
}

/** Accounts at the APIs: connected, watched, taken away. */
export function Upstreams() {
  const [{ data, error }, refetch] = useQuery({ query: UpstreamsDocument });
  const refresh = () => refetch({ requestPolicy: 'network-only' });
  useSubscription({ query: UpstreamChangesDocument }, (_, next) => {
    if (next.upstreamStatusChanged.__typename === 'StreamGap') refresh();
    return next;
  });
  useLookWhenDue(data?.upstreams, refresh);
  const [isConnecting, setIsConnecting] = useState(false);
  const [edited, setEdited] = useState<UpstreamRowFragment | null>(null);
  const [doomed, setDoomed] = useState<UpstreamRowFragment | null>(null);
  const [, disconnect] = useMutation(DisconnectUpstreamDocument);

  const onDisconnect = async ({ id, name }: UpstreamRowFragment) => {
    const answer = await disconnect({ input: { id } });
    const result = answer.data?.disconnectUpstream;
    if (result?.__typename === 'DisconnectUpstreamPayload') {
      tell(`${name} is disconnected`);
      refresh();
    } else if (result !== undefined) complain(`${name} is not disconnected`, explainFailure(result).message);
    else if (answer.error !== undefined) complain(`${name} is not disconnected`, explainError(answer.error));
  };
  const upstreams = data?.upstreams;
  const connect = (
    <button type="button" className="button primary" onClick={() => setIsConnecting(true)}>
      <Plus size={16} aria-hidden /> Connect an account
    </button>
  );
  return (
    <Page
      title="Upstreams"
      about={`Accounts at ${apiNames('and')}. Their conversations are kept here and stay up to date; what you change here is changed there.`}
      actions={connect}
    >
      {error !== undefined && <Trouble message={explainError(error)} onRetry={refresh} />}
      {data === undefined && error === undefined && (
        <div className="card" aria-busy="true">
          <Skeleton lines={5} />
        </div>
      )}
      {upstreams?.length === 0 && (
        <Empty icon={PlugZap} title="No account is connected" action={connect}>
          You need an API key of {apiNames('or')}. It is tried before it is kept, and everything is read at once.
        </Empty>
      )}
      <ul className="stack">
        {upstreams?.map((upstream) => (
          <UpstreamCard
            key={upstream.id}
            upstream={upstream}
            onEdit={() => setEdited(upstream)}
            onDisconnect={() => setDoomed(upstream)}
          />
        ))}
      </ul>
      {isConnecting && <ConnectUpstream onClose={() => setIsConnecting(false)} />}
      {edited !== null && <EditUpstream upstream={edited} onClose={() => setEdited(null)} />}
      <Confirm
        title={`Disconnect ${doomed?.name ?? ''}?`}
        isOpen={doomed !== null}
        confirm="Disconnect it"
        onConfirm={() => doomed !== null && void onDisconnect(doomed)}
        onClose={() => setDoomed(null)}
      >
        <p>
          {formatCount(doomed?.conversationCount ?? 0, 'conversation')} and what was made of them here are deleted from
          this gateway. Nothing is deleted at the API.
        </p>
      </Confirm>
    </Page>
  );
}
