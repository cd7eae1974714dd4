import '../styles/stats.css';
import { lazy, Suspense, useState } from 'react';
import { useQuery } from 'urql';
import { useLocation } from 'wouter';
import { formatDuration, formatNumber, providerNames, sentimentNames, sourceNames } from '../client/names.ts';
import { explainError } from '../client/words.ts';
import { FiguresDocument, type FiguresQuery, type StatsPeriod } from '../generated/documents.ts';
import { ChartColumn } from '../generated/icons.tsx';
import { emptyFilter, type ListKey, toggle, writeFilter } from '../inbox/filter.ts';
import { Page } from '../shell/pages.tsx';
import { Choice } from '../ui/choice.tsx';
import { Empty, Skeleton, Trouble } from '../ui/parts.tsx';
import { Breakdown } from './breakdown.tsx';
import { nameOfSpan, type Span, toSpans } from './days.ts';

const DayChart = lazy(() => import('./day-chart.tsx').then((each) => ({ default: each.DayChart })));

const periods: readonly { value: StatsPeriod; label: string }[] = [
  { value: 'LAST_7_DAYS', label: 'Last 7 days' },
  { value: 'LAST_30_DAYS', label: 'Last 30 days' },
  { value: 'LAST_90_DAYS', label: 'Last 90 days' },
  { value: 'ALL_TIME', label: 'All time' },
];
const figures = [
  { value: 'conversations', label: 'Conversations' },
  { value: 'messages', label: 'Messages' },
] as const;
/** The inbox narrows by days in UTC: counted by others, a click would find another number. */
const timeZone = 'UTC';

type Stats = FiguresQuery['stats'];

function Totals({ stats }: { stats: Stats }) {
  const totals = [
    ['Conversations', formatNumber(stats.totalConversations)],
    ['Messages', formatNumber(stats.totalMessages)],
    ['Messages each', stats.avgMessagesPerConversation.toFixed(1)],
    ['Response time', stats.avgResponseTimeMs === null ? '–' : formatDuration(stats.avgResponseTimeMs)],
  ] as const;
  return (
    <dl className="totals">
      {totals.map(([name, value]) => (
        <div key={name} className="card">
          <dt>{name}</dt>
          <dd className="tabular">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function DayTable({ spans }: { spans: readonly Span[] }) {
  return (
    <details>
      <summary>As a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section className="table-frame" aria-label="Figures by day" tabIndex={0}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col">Conversations</th>
              <th scope="col">Messages</th>
            </tr>
          </thead>
          <tbody>
            {spans.map((span) => (
              <tr key={span.from}>
                <td>{nameOfSpan(span)}</td>
                <td className="tabular">{formatNumber(span.conversations)}</td>
                <td className="tabular">{formatNumber(span.messages)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

/** What conversations are about, how many there are, and how they go. */
export function Stats() {
  const [, navigate] = useLocation();
  const [period, setPeriod] = useState<StatsPeriod>('LAST_30_DAYS');
  const [figure, setFigure] = useState<'conversations' | 'messages'>('conversations');
  const [{ data, error }, refetch] = useQuery({
    query: FiguresDocument,
    variables: { period, timeZone, filter: null },
  });
  const stats = data?.stats;
  const spans = stats === undefined ? [] : toSpans(stats.byDay);

  const open = (days: { from: string; to: string } | null, narrowed = emptyFilter) =>
    navigate(`/${writeFilter({ ...narrowed, ...days })}`);
  const allDays = () => {
    const first = stats?.byDay[0];
    const last = stats?.byDay.at(-1);
    return period === 'ALL_TIME' || first === undefined || last === undefined
      ? null
      : { from: first.date, to: last.date };
  };
  const pick = (key: ListKey) => (value: string) => open(allDays(), toggle(emptyFilter, key, value));

  const actions = <Choice label="Period" value={period} options={periods} onChange={(next) => setPeriod(next)} />;
  return (
    <Page
      title="Stats"
      about="Of the conversations that began in this time. Click a bar to see them."
      actions={actions}
    >
      {error !== undefined && (
        <Trouble message={explainError(error)} onRetry={() => refetch({ requestPolicy: 'network-only' })} />
      )}
      {stats === undefined && error === undefined && (
        <div className="card" aria-busy="true">
          <Skeleton lines={8} />
        </div>
      )}
      {stats?.totalConversations === 0 && (
        <Empty icon={ChartColumn} title="Nothing to count yet">
          No conversation began in this time. Choose a longer one, or connect an account.
        </Empty>
      )}
      {stats !== undefined && stats.totalConversations > 0 && (
        <>
          <Totals stats={stats} />
          <section className="card stack" aria-label="By day">
            <div className="spread">
              <h2>By day</h2>
              <Choice label="Figure" value={figure} options={figures} onChange={(next) => setFigure(next)} />
            </div>
            <Suspense fallback={<div className="chart-room" />}>
              <DayChart spans={spans} figure={figure} onPick={(span) => open({ from: span.from, to: span.to })} />
            </Suspense>
            <DayTable spans={spans} />
          </section>
          <div className="breakdowns">
            <Breakdown
              title="Topics"
              none="Summaries name them, once they are made."
              shares={stats.topTopics.map(({ value, count }) => ({ value, name: value, count }))}
              onPick={pick('topic')}
            />
            <Breakdown
              title="Segments"
              none="None."
              shares={stats.bySegment.map((each) => ({
                value: each.segment,
                name: each.segment ?? 'Without one',
                count: each.conversations,
              }))}
              onPick={pick('segment')}
            />
            <Breakdown
              title="Sentiment"
              none="None."
              shares={stats.bySentiment.map((each) => ({
                value: each.sentiment,
                name: each.sentiment === null ? 'Not summarised' : sentimentNames[each.sentiment],
                count: each.conversations,
              }))}
              onPick={pick('sentiment')}
            />
            <Breakdown
              title="API"
              none="None."
              shares={stats.byProvider.map((each) => ({
                value: each.provider,
                name: providerNames[each.provider],
                count: each.conversations,
              }))}
              onPick={pick('provider')}
            />
            <Breakdown
              title="Source"
              none="None."
              shares={stats.bySource.map((each) => ({
                value: each.source,
                name: each.source === null ? 'Not known' : sourceNames[each.source],
                count: each.conversations,
              }))}
              onPick={pick('source')}
            />
          </div>
        </>
      )}
    </Page>
  );
}
