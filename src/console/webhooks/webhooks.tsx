import { useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { Link } from 'wouter';
import { formatCount } from '../client/names.ts';
import { explainError, explainFailure } from '../client/words.ts';
import {
  DeleteWebhookDocument,
  UpdateWebhookDocument,
  type WebhookPartsFragment,
  WebhooksDocument,
} from '../generated/documents.ts';
import { Plus, Webhook as WebhookIcon } from '../generated/icons.tsx';
import { Page } from '../shell/pages.tsx';
import { SecretOnce } from '../ui/copy.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { Listing } from '../ui/listing.tsx';
import { Empty } from '../ui/parts.tsx';
import { complain, tell } from '../ui/toast.tsx';
import { EditWebhook } from './edit-webhook.tsx';

type RowProps = { webhook: WebhookPartsFragment; onEdit(): void; onDelete(): void };

function Row({ webhook, onEdit, onDelete }: RowProps) {
  const [{ fetching }, update] = useMutation(UpdateWebhookDocument);
  const { id, url, active, inactiveReason, description, events } = webhook;
  const turn = async () => {
    const { data, error } = await update({ input: { id, active: !active } });
    const result = data?.updateWebhook;
    if (error !== undefined) complain('It is not changed', explainError(error));
    else if (result !== undefined && result.__typename !== 'UpdateWebhookPayload') {
      complain('It is not changed', explainFailure(result).message);
    }
  };
  return (
    <tr>
      <td>
        <Link className="main" href={`/settings/webhooks/${id}`}>
          {url}
        </Link>
        <span className="block muted">
          {description ?? formatCount(events.length, 'kind of event', 'kinds of events')}
        </span>
      </td>
      <td>
        {active ? <span className="badge good">Active</span> : <span className="badge warn">Paused</span>}
        {inactiveReason !== null && <span className="block muted">{inactiveReason}</span>}
      </td>
      <td className="end">
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Link className="button" href={`/settings/webhooks/${id}`}>
            Deliveries
          </Link>
          <button type="button" className="button" disabled={fetching} onClick={() => void turn()}>
            {active ? 'Pause' : 'Resume'}
          </button>
          <button type="button" className="button" onClick={onEdit}>
            Edit
          </button>
          <button type="button" className="button" onClick={onDelete}>
            Delete
          </button>
        </div>
      </td>
    </tr>
  );
}

/** Addresses that are told of what happens. */
export function Webhooks() {
  const [{ data, error }, refetch] = useQuery({ query: WebhooksDocument });
  const [edited, setEdited] = useState<WebhookPartsFragment | 'new' | null>(null);
  const [doomed, setDoomed] = useState<WebhookPartsFragment | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [, remove] = useMutation(DeleteWebhookDocument);

  const onDelete = async ({ id }: WebhookPartsFragment) => {
    const answer = await remove({ input: { id } });
    const result = answer.data?.deleteWebhook;
    if (result?.__typename === 'DeleteWebhookPayload') tell('The webhook is deleted');
    else if (result !== undefined) complain('The webhook is not deleted', explainFailure(result).message);
    else if (answer.error !== undefined) complain('The webhook is not deleted', explainError(answer.error));
  };
  const make = (
    <button type="button" className="button primary" onClick={() => setEdited('new')}>
      <Plus size={16} aria-hidden /> New webhook
    </button>
  );
  return (
    <Page
      title="Webhooks"
      about="Addresses of yours that are told of what happens here, in signed requests."
      actions={make}
    >
      <Listing
        items={data?.webhooks}
        error={error}
        onRetry={() => refetch({ requestPolicy: 'network-only' })}
        columns={['Address', 'State']}
        empty={
          <Empty icon={WebhookIcon} title="Nobody is told yet" action={make}>
            A webhook posts each new conversation, each summary, or whatever you choose, to an address of yours.
          </Empty>
        }
      >
        {(webhook) => (
          <Row
            key={webhook.id}
            webhook={webhook}
            onEdit={() => setEdited(webhook)}
            onDelete={() => setDoomed(webhook)}
          />
        )}
      </Listing>
      {edited !== null && (
        <EditWebhook
          webhook={edited === 'new' ? null : edited}
          onMade={(made) => {
            setEdited(null);
            setSecret(made);
          }}
          onClose={() => setEdited(null)}
        />
      )}
      <SecretOnce title="The signing secret" label="Signing secret" secret={secret} onClose={() => setSecret(null)} />
      <Confirm
        title="Delete the webhook?"
        isOpen={doomed !== null}
        confirm="Delete it"
        onConfirm={() => doomed !== null && void onDelete(doomed)}
        onClose={() => setDoomed(null)}
      >
        <p>{doomed?.url} is told of nothing any more, and the list of its deliveries is gone.</p>
      </Confirm>
    </Page>
  );
}
