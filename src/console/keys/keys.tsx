import { useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { explainError, explainFailure } from '../client/words.ts';
import { type KeyPartsFragment, KeysDocument, RevokeKeyDocument, ViewerDocument } from '../generated/documents.ts';
import { KeyRound, Plus } from '../generated/icons.tsx';
import { Page } from '../shell/pages.tsx';
import { SecretOnce } from '../ui/copy.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { Listing } from '../ui/listing.tsx';
import { Empty } from '../ui/parts.tsx';
import { Time, useNow } from '../ui/time.tsx';
import { complain, tell } from '../ui/toast.tsx';
import { EditKey } from './edit-key.tsx';
import { NewKey } from './new-key.tsx';

function KeyState({ apiKey }: { apiKey: KeyPartsFragment }) {
  const now = useNow();
  if (apiKey.revokedAt !== null) return <span className="badge bad">Revoked</span>;
  if (apiKey.expiresAt !== null && Date.parse(apiKey.expiresAt) <= now) return <span className="badge">Expired</span>;
  return <span className="badge good">Active</span>;
}

type KeyRowProps = { apiKey: KeyPartsFragment; isOwn: boolean; onEdit(): void; onRevoke(): void };

function KeyRow({ apiKey, isOwn, onEdit, onRevoke }: KeyRowProps) {
  return (
    <tr>
      <td>
        <span className="main">{apiKey.name}</span> {isOwn && <span className="badge busy">This one</span>}
        <span className="block muted">
          <code>{apiKey.prefix}…</code>
        </span>
      </td>
      <td>{apiKey.scopes.includes('*') ? 'Everything' : apiKey.scopes.join(', ')}</td>
      <td>
        <KeyState apiKey={apiKey} />
      </td>
      <td>
        <span className="muted">Used</span>{' '}
        {apiKey.lastUsedAt === null ? 'never' : <Time at={apiKey.lastUsedAt} look="distance" />}
      </td>
      <td>
        {apiKey.expiresAt === null ? (
          <span className="muted">Does not expire</span>
        ) : (
          <>
            <span className="muted">Expires</span> <Time at={apiKey.expiresAt} look="distance" />
          </>
        )}
      </td>
      <td className="end">
        {apiKey.revokedAt === null && (
          <div className="row" style={{ justifyContent: 'flex-end' }}>
            <button type="button" className="button" onClick={onEdit}>
              Edit
            </button>
            <button type="button" className="button" onClick={onRevoke}>
              Revoke
            </button>
          </div>
        )}
      </td>
    </tr>
  );
}

/** The keys of the account: made, watched, taken back. */
export function Keys() {
  const [{ data, error }, refetch] = useQuery({ query: KeysDocument });
  const [{ data: viewer }] = useQuery({ query: ViewerDocument });
  const [isMaking, setIsMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const [edited, setEdited] = useState<KeyPartsFragment | null>(null);
  const [doomed, setDoomed] = useState<KeyPartsFragment | null>(null);
  const [, revoke] = useMutation(RevokeKeyDocument);
  const ownId = viewer?.viewer.apiKey.id;

  const onRevoke = async ({ id, name }: KeyPartsFragment) => {
    const answer = await revoke({ input: { id } });
    const result = answer.data?.revokeApiKey;
    if (result?.__typename === 'RevokeApiKeyPayload') tell(`“${name}” opens nothing any more`);
    else if (result !== undefined) complain(`“${name}” is not revoked`, explainFailure(result).message);
    else if (answer.error !== undefined) complain(`“${name}” is not revoked`, explainError(answer.error));
  };
  const make = (
    <button type="button" className="button primary" onClick={() => setIsMaking(true)}>
      <Plus size={16} aria-hidden /> New key
    </button>
  );
  return (
    <Page
      title="Keys"
      about="What programs and people open this gateway with. Give each its own, with no more than it needs."
      actions={make}
    >
      <Listing
        items={data?.apiKeys}
        error={error}
        onRetry={() => refetch({ requestPolicy: 'network-only' })}
        columns={['Key', 'May', 'State', 'Last use', 'End']}
        empty={
          <Empty icon={KeyRound} title="No keys" action={make}>
            A key is shown once, when it is made.
          </Empty>
        }
      >
        {(apiKey) => (
          <KeyRow
            key={apiKey.id}
            apiKey={apiKey}
            isOwn={apiKey.id === ownId}
            onEdit={() => setEdited(apiKey)}
            onRevoke={() => setDoomed(apiKey)}
          />
        )}
      </Listing>
      {isMaking && (
        <NewKey
          onMade={(made) => {
            setIsMaking(false);
            setSecret(made);
          }}
          onClose={() => setIsMaking(false)}
        />
      )}
      {edited !== null && <EditKey apiKey={edited} onClose={() => setEdited(null)} />}
      <SecretOnce title="The new key" label="Key" secret={secret} onClose={() => setSecret(null)} />
      <Confirm
        title={`Revoke “${doomed?.name ?? ''}”?`}
        isOpen={doomed !== null}
        confirm="Revoke it"
        onConfirm={() => doomed !== null && void onRevoke(doomed)}
        onClose={() => setDoomed(null)}
      >
        <p>
          {doomed?.id === ownId
            ? 'You are signed in with it: you will be signed out.'
            : 'Whoever uses it is refused from now on, and what was opened with it closes.'}{' '}
          It cannot be made good again.
        </p>
      </Confirm>
    </Page>
  );
}
