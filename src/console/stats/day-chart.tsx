import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatNumber } from '../client/names.ts';
import { nameOfSpan, type Span } from './days.ts';

const height = 260;

type DayChartProps = {
  spans: readonly Span[];
  figure: 'conversations' | 'messages';
  onPick(span: Span): void;
};

function Tip({
  active,
  payload,
  figure,
}: {
  active?: boolean;
  payload?: readonly { payload?: Span }[];
  figure: string;
}) {
  const span = payload?.[0]?.payload;
  if (active !== true || span === undefined) return null;
  return (
    <div className="chart-tip">
      <strong>{nameOfSpan(span)}</strong>
      <span className="tabular">
        {formatNumber(figure === 'messages' ? span.messages : span.conversations)} {figure}
      </span>
    </div>
  );
}

/** Bars by day; a click on one picks it. Arrow keys move along them. */
export function DayChart({ spans, figure, onPick }: DayChartProps) {
  return (
    <ResponsiveContainer width="100%" height={height}>
      <BarChart
        data={[...spans]}
        margin={{ top: 8, right: 0, bottom: 0, left: 0 }}
        barCategoryGap="18%"
        title={`${figure === 'messages' ? 'Messages' : 'Conversations'} by day`}
      >
        <CartesianGrid vertical={false} stroke="var(--border)" />
        <XAxis
          dataKey="from"
          tickFormatter={(from: string) => nameOfSpan({ from, to: from })}
          tick={{ fill: 'var(--text-3)', fontSize: 12 }}
          tickLine={false}
          axisLine={{ stroke: 'var(--border)' }}
          minTickGap={28}
        />
        <YAxis
          allowDecimals={false}
          width={44}
          tick={{ fill: 'var(--text-3)', fontSize: 12 }}
          tickLine={false}
          axisLine={false}
          tickFormatter={formatNumber}
        />
        <Tooltip cursor={{ fill: 'var(--surface-2)' }} content={<Tip figure={figure} />} isAnimationActive={false} />
        <Bar
          dataKey={figure}
          fill="var(--accent)"
          radius={[3, 3, 0, 0]}
          isAnimationActive={false}
          cursor="pointer"
          onClick={(_, index) => {
            const span = spans[index];
            if (span !== undefined) onPick(span);
          }}
        />
      </BarChart>
    </ResponsiveContainer>
  );
}
