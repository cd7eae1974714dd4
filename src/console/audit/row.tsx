import { Link } from 'wouter';
import type { AuditOutcome, AuditRowFragment } from '../generated/documents.ts';
import { Time } from '../ui/time.tsx';
import { outcomeNames, wayNames } from './filter.ts';

const looks: Record<AuditOutcome, string> = { DONE: 'good', REFUSED: 'warn', FAILED: 'bad' };

function Target({ id }: { id: string }) {
  if (!id.startsWith('conv_')) return <code>{id}</code>;
  return (
    <Link href={`/conversations/${id}`}>
      <code>{id}</code>
    </Link>
  );
}

export function AuditRow({ entry }: { entry: AuditRowFragment }) {
  const { apiKey, targetId, outcome, reason, address, forwardedFor, requestId } = entry;
  return (
    <tr>
      <td>
        <Time at={entry.at} look="whole" />
      </td>
      <td>
        <span className="main">{entry.action}</span>
        {targetId !== null && (
          <span className="block muted anywhere">
            <Target id={targetId} />
          </span>
        )}
      </td>
      <td>
        {apiKey === null ? 'The operator' : apiKey.name}
        <span className="block muted">{wayNames[entry.way]}</span>
      </td>
      <td>
        <span className={`badge ${looks[outcome]}`}>{outcomeNames[outcome]}</span>
        {reason !== null && <span className="block muted">{reason}</span>}
      </td>
      <td className="anywhere">
        {address ?? <span className="muted">–</span>}
        {forwardedFor !== null && <span className="block muted">for {forwardedFor}</span>}
        {outcome !== 'DONE' && requestId !== null && (
          <span className="block muted">
            request <code>{requestId}</code>
          </span>
        )}
      </td>
    </tr>
  );
}
