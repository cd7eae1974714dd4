import { useEffect, useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { Link } from 'wouter';
import { explainError, explainFailure } from '../client/words.ts';
import {
  DeliveriesDocument,
  type DeliveryPartsFragment,
  RetryDeliveryDocument,
  TestWebhookDocument,
} from '../generated/documents.ts';
import { ArrowLeft, Send } from '../generated/icons.tsx';
import { NotFound, Page, PageSkeleton } from '../shell/pages.tsx';
import { Choice } from '../ui/choice.tsx';
import { Listing } from '../ui/listing.tsx';
import { Pager, usePaging } from '../ui/pager.tsx';
import { Empty, Trouble } from '../ui/parts.tsx';
import { Time } from '../ui/time.tsx';
import { complain } from '../ui/toast.tsx';
import { eventTypes } from './event-types.ts';

/** Deliveries have no subscription: while one is under way, they are asked for again. */
const pollMs = 1_500;

function State({ delivery }: { delivery: DeliveryPartsFragment }) {
  const { status, nextAttemptAt, attempts } = delivery;
  if (status === 'DELIVERED') return <span className="badge good">Delivered</span>;
  if (status === 'FAILED') return <span className="badge bad">Given up</span>;
  return (
    <>
      <span className="badge busy">
        <span className="dot" aria-hidden />
        {attempts === 0 ? 'On its way' : 'Will be tried again'}
      </span>
      {nextAttemptAt !== null && attempts > 0 && (
        <span className="block muted">
          <Time at={nextAttemptAt} look="distance" />
        </span>
      )}
    </>
  );
}

function Row({ delivery, onRetry }: { delivery: DeliveryPartsFragment; onRetry(): void }) {
  return (
    <tr>
      <td>
        <code className="main">{delivery.eventType}</code>
        <span className="block muted">
          <Time at={delivery.createdAt} look="whole" />
        </span>
      </td>
      <td>
        <State delivery={delivery} />
      </td>
      <td className="tabular">
        {delivery.attempts === 1 ? '1 try' : `${delivery.attempts} tries`}
        {delivery.responseStatus !== null && <>, answered {delivery.responseStatus}</>}
        {delivery.responseTimeMs !== null && <span className="muted"> in {delivery.responseTimeMs} ms</span>}
        {delivery.error !== null && <span className="block muted">{delivery.error}</span>}
      </td>
      <td className="end">
        <button type="button" className="button" onClick={onRetry}>
          {delivery.status === 'DELIVERED' ? 'Send again' : 'Try now'}
        </button>
      </td>
    </tr>
  );
}

/** What a webhook was told, and what became of it. */
export function Deliveries({ id }: { id: string }) {
  const paging = usePaging();
  const [{ data, error }, refetch] = useQuery({ query: DeliveriesDocument, variables: { id, after: paging.after } });
  const [type, setType] = useState<string>(eventTypes[0]);
  const [{ fetching }, test] = useMutation(TestWebhookDocument);
  const [, retry] = useMutation(RetryDeliveryDocument);
  const webhook = data?.node?.__typename === 'Webhook' ? data.node : null;
  const isUnderWay = webhook?.deliveries.nodes.some(({ status }) => status === 'PENDING') ?? false;
  const refresh = () => refetch({ requestPolicy: 'network-only' });

  useEffect(() => {
    if (!isUnderWay) return;
    const timer = setInterval(() => refetch({ requestPolicy: 'network-only' }), pollMs);
    return () => clearInterval(timer);
  }, [isUnderWay, refetch]);

  const onTest = async () => {
    paging.toFirst();
    const answer = await test({ input: { id, eventType: type } });
    const result = answer.data?.testWebhook;
    if (answer.error !== undefined) complain('Nothing was sent', explainError(answer.error));
    else if (result !== undefined && result.__typename !== 'TestWebhookPayload') {
      complain('Nothing was sent', explainFailure(result).message);
    }
    refresh();
  };
  const onRetry = async (delivery: DeliveryPartsFragment) => {
    const answer = await retry({ input: { id: delivery.id } });
    const result = answer.data?.retryWebhookDelivery;
    if (answer.error !== undefined) complain('It was not sent', explainError(answer.error));
    else if (result !== undefined && result.__typename !== 'RetryWebhookDeliveryPayload') {
      complain('It was not sent', explainFailure(result).message);
    }
    refresh();
  };
  if (error !== undefined && data === undefined) {
    return (
      <div className="page">
        <Trouble message={explainError(error)} onRetry={refresh} />
      </div>
    );
  }
  if (data === undefined) return <PageSkeleton />;
  if (webhook === null) return <NotFound />;
  const actions = (
    <>
      <Choice
        label="Sample event"
        value={type}
        options={eventTypes.map((value) => ({ value, label: value }))}
        onChange={setType}
      />
      <button type="button" className="button primary" disabled={fetching} onClick={() => void onTest()}>
        <Send size={15} aria-hidden /> Send a test
      </button>
    </>
  );
  return (
    <Page
      title="Deliveries"
      about={
        <>
          <Link href="/settings/webhooks">
            <ArrowLeft size={13} aria-hidden /> Webhooks
          </Link>{' '}
          · {webhook.url}
        </>
      }
      actions={actions}
    >
      <Listing
        items={webhook.deliveries.nodes}
        error={error}
        onRetry={refresh}
        columns={['Event', 'State', 'Last try']}
        empty={
          <Empty icon={Send} title="Nothing sent yet">
            Send a test to see whether the address takes it.
          </Empty>
        }
      >
        {(delivery) => <Row key={delivery.id} delivery={delivery} onRetry={() => void onRetry(delivery)} />}
      </Listing>
      <Pager paging={paging} pageInfo={webhook.deliveries.pageInfo} />
    </Page>
  );
}
