import { Menu } from '@base-ui/react/menu';
import { useMutation } from 'urql';
import { formatCount, formatNumber } from '../client/names.ts';
import { explainError, explainFailure } from '../client/words.ts';
import {
  SyncUpstreamDocument,
  UpdateUpstreamDocument,
  type UpstreamRowFragment,
  type UpstreamStatus,
} from '../generated/documents.ts';
import { Ellipsis, RefreshCw, TriangleAlert } from '../generated/icons.tsx';
import { useLandmark } from '../ui/landmark.ts';
import { ProviderBadge } from '../ui/parts.tsx';
import { Time, useNow } from '../ui/time.tsx';
import { complain } from '../ui/toast.tsx';

const statuses: Record<UpstreamStatus, { look: string; words: string }> = {
  HEALTHY: { look: 'good', words: 'Up to date' },
  SYNCING: { look: 'busy', words: 'Reading' },
  DEGRADED: { look: 'warn', words: 'Failing, tried again' },
  PAUSED: { look: '', words: 'Paused' },
  UNAUTHORIZED: { look: 'bad', words: 'Key refused' },
};

/** What is wrong, and what to do about it. */
function Fault({ upstream }: { upstream: UpstreamRowFragment }) {
  const { lastError, status } = upstream;
  if (lastError === null) return null;
  const isRefused = status === 'UNAUTHORIZED';
  return (
    <div className={`notice ${isRefused ? 'bad' : 'warn'}`}>
      <TriangleAlert size={17} aria-hidden />
      <span>
        {isRefused ? 'The API refuses the key. Give another one under Settings. ' : ''}
        {lastError.message}{' '}
        <span className="small">
          (<Time at={lastError.occurredAt} look="distance" />
          {lastError.retryAt !== null && (
            <>
              , tried again <Time at={lastError.retryAt} look="distance" />
            </>
          )}
          )
        </span>{' '}
        {!isRefused && 'What was read before is still served.'}
      </span>
    </div>
  );
}

/** How far the reading that is under way is, or what the last one brought. */
function LastSync({ upstream }: { upstream: UpstreamRowFragment }) {
  const { lastSync } = upstream;
  if (lastSync === null) {
    if (upstream.lastSyncedAt !== null) return null;
    const isRead = upstream.status === 'SYNCING' || upstream.status === 'HEALTHY';
    return <p className="muted small">{isRead ? 'It is being read for the first time.' : 'It was not read yet.'}</p>;
  }
  const changes = [
    lastSync.created > 0 && `${formatNumber(lastSync.created)} new`,
    lastSync.updated > 0 && `${formatNumber(lastSync.updated)} changed`,
    lastSync.deleted > 0 && `${formatNumber(lastSync.deleted)} gone`,
  ].filter((each) => each !== false);
  const isUnderWay = lastSync.finishedAt === null && upstream.status === 'SYNCING';
  const kind = lastSync.full ? 'All of it' : 'What changed';
  return (
    <div className="sync" aria-live="off">
      {isUnderWay && (
        <div className="bar going" role="progressbar" aria-label={`Reading ${upstream.name}`}>
          <span />
        </div>
      )}
      <p className="muted small tabular">
        {kind}: {formatNumber(lastSync.scanned)} seen, {changes.length === 0 ? 'nothing new' : changes.join(', ')};{' '}
        {formatCount(lastSync.requests, 'request')}
      </p>
    </div>
  );
}

/** When it is looked for changes again. */
function NextSync({ upstream: { nextSyncAt, status } }: { upstream: UpstreamRowFragment }) {
  const now = useNow();
  if (status === 'SYNCING') return 'under way';
  if (nextSyncAt === null) return 'none';
  return Date.parse(nextSyncAt) <= now ? 'any moment' : <Time at={nextSyncAt} look="distance" />;
}

type CardProps = { upstream: UpstreamRowFragment; onEdit(): void; onDisconnect(): void };

export function UpstreamCard({ upstream, onEdit, onDisconnect }: CardProps) {
  const [{ fetching: isAsking }, sync] = useMutation(SyncUpstreamDocument);
  const [, update] = useMutation(UpdateUpstreamDocument);
  const { id, name, status } = upstream;
  const landmark = useLandmark();
  const { look, words } = statuses[status];
  const isPaused = status === 'PAUSED';
  const canSync = !isAsking && !isPaused && status !== 'SYNCING' && status !== 'UNAUTHORIZED';

  const startSync = async (full: boolean) => {
    const { data, error } = await sync({ input: { id, full } });
    if (error !== undefined) complain(`${name} is not read`, explainError(error));
    else if (data?.syncUpstream.__typename === 'NotFoundError') {
      complain(`${name} is not read`, explainFailure(data.syncUpstream).message);
    }
  };
  const pause = async () => {
    const { data, error } = await update({ input: { id, paused: !isPaused } });
    const result = data?.updateUpstream;
    if (error !== undefined) complain(`${name} is not changed`, explainError(error));
    else if (result !== undefined && result.__typename !== 'UpdateUpstreamPayload') {
      complain(`${name} is not changed`, explainFailure(result).message);
    }
  };
  return (
    <li className="card stack upstream" aria-label={name}>
      <div className="spread">
        <div>
          <h2>{name}</h2>
          <p className="row muted small">
            <ProviderBadge provider={upstream.provider} />
            {upstream.remoteTenant !== null && <span>{upstream.remoteTenant}</span>}
            <span>{upstream.baseUrl}</span>
          </p>
        </div>
        <span className={`badge ${look}`} role="status">
          <span className="dot" aria-hidden />
          {words}
        </span>
      </div>
      <Fault upstream={upstream} />
      <dl className="facts">
        <div>
          <dt>Conversations</dt>
          <dd className="tabular">{formatNumber(upstream.conversationCount)}</dd>
        </div>
        <div>
          <dt>As of</dt>
          <dd>{upstream.lastSyncedAt === null ? 'not yet' : <Time at={upstream.lastSyncedAt} look="distance" />}</dd>
        </div>
        <div>
          <dt>Next sync</dt>
          <dd>
            <NextSync upstream={upstream} />
          </dd>
        </div>
        <div>
          <dt>Connected</dt>
          <dd>
            <Time at={upstream.createdAt} look="distance" />
          </dd>
        </div>
      </dl>
      <LastSync upstream={upstream} />
      <div className="row">
        <button
          type="button"
          className="button"
          aria-disabled={!canSync}
          onClick={() => canSync && void startSync(false)}
        >
          <RefreshCw size={15} aria-hidden /> Sync now
        </button>
        <button type="button" className="button" onClick={() => void pause()}>
          {isPaused ? 'Resume' : 'Pause'}
        </button>
        <button type="button" className="button" onClick={onEdit}>
          Settings
        </button>
        <Menu.Root>
          <Menu.Trigger ref={landmark.ref} className="button quiet icon" aria-label={`More for ${name}`}>
            <Ellipsis size={17} aria-hidden />
          </Menu.Trigger>
          <Menu.Portal container={landmark.container}>
            <Menu.Positioner positionMethod="fixed" className="layer" sideOffset={4} align="end">
              <Menu.Popup className="popup">
                <Menu.Item className="item" onClick={() => void startSync(true)}>
                  Read all of it again
                </Menu.Item>
                <Menu.Item className="item" onClick={onDisconnect}>
                  Disconnect…
                </Menu.Item>
              </Menu.Popup>
            </Menu.Positioner>
          </Menu.Portal>
        </Menu.Root>
      </div>
    </li>
  );
}
