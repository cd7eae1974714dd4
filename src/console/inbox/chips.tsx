import { Menu } from '@base-ui/react/menu';
import { Popover } from '@base-ui/react/popover';
import { dayMs } from '../client/durations.ts';
import { formatNumber } from '../client/names.ts';
import { CalendarDays, Check, ChevronDown, X } from '../generated/icons.tsx';
import { useLandmark } from '../ui/landmark.ts';
import { emptyFilter, type InboxFilter, type ListKey, listKeys, nameOf, toggle } from './filter.ts';

/** What a chip offers; `count` is of the whole list, or of what a search found. */
export type Choices = Record<ListKey, readonly { value: string; count: number | null }[]>;

const titles: Record<ListKey, string> = {
  provider: 'API',
  status: 'Status',
  source: 'Source',
  segment: 'Segment',
  sentiment: 'Sentiment',
  topic: 'Topic',
};

type ChipProps = {
  name: ListKey;
  filter: InboxFilter;
  choices: Choices;
  onChange(filter: InboxFilter): void;
  onOpen(): void;
};

function ListChip({ name, filter, choices, onChange, onOpen }: ChipProps) {
  const chosen: readonly string[] = filter[listKeys[name]];
  const landmark = useLandmark();
  const offered = choices[name];
  const options = [
    ...offered,
    ...chosen.filter((value) => !offered.some((each) => each.value === value)).map((value) => ({ value, count: null })),
  ];
  const [first] = chosen;
  const label =
    first === undefined
      ? titles[name]
      : chosen.length === 1
        ? nameOf(name, first)
        : `${titles[name]}: ${chosen.length}`;
  return (
    <Menu.Root onOpenChange={(isOpen) => isOpen && onOpen()}>
      <Menu.Trigger ref={landmark.ref} className={`chip ${chosen.length > 0 ? 'on' : ''}`}>
        {first !== undefined && chosen.length === 1 && <span className="hidden-visually">{titles[name]}: </span>}
        {label}
        <ChevronDown size={14} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal container={landmark.container}>
        <Menu.Positioner positionMethod="fixed" className="layer" sideOffset={4} align="start">
          <Menu.Popup className="popup">
            {options.length === 0 && (
              <Menu.Item className="item" disabled>
                None yet
              </Menu.Item>
            )}
            {options.map(({ value, count }) => (
              <Menu.CheckboxItem
                key={value}
                className="item"
                checked={chosen.includes(value)}
                onCheckedChange={() => onChange(toggle(filter, name, value))}
                closeOnClick={false}
              >
                <span className="tick">
                  <Menu.CheckboxItemIndicator>
                    <Check size={15} aria-hidden />
                  </Menu.CheckboxItemIndicator>
                </span>
                {nameOf(name, value)}
                {count !== null && <span className="end tabular">{formatNumber(count)}</span>}
              </Menu.CheckboxItem>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

const spans = [
  { name: 'Today', days: 1 },
  { name: 'Last 7 days', days: 7 },
  { name: 'Last 30 days', days: 30 },
];

function daysAgo(days: number): string {
  return new Date(Date.now() - (days - 1) * dayMs).toISOString().slice(0, 10);
}

function DateChip({ filter, onChange }: Pick<ChipProps, 'filter' | 'onChange'>) {
  const { from, to } = filter;
  const isOn = from !== null || to !== null;
  const label = !isOn ? 'Date' : from === to ? from : `${from ?? '…'} – ${to ?? 'today'}`;
  return (
    <Popover.Root>
      <Popover.Trigger className={`chip ${isOn ? 'on' : ''}`}>
        <CalendarDays size={14} aria-hidden />
        {label}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="layer" sideOffset={4} align="start">
          <Popover.Popup className="popup padded stack">
            <Popover.Title render={<h3>Began</h3>} />
            <div className="row">
              {spans.map(({ name, days }) => (
                <Popover.Close
                  key={name}
                  className="chip"
                  onClick={() => onChange({ ...filter, from: daysAgo(days), to: null })}
                >
                  {name}
                </Popover.Close>
              ))}
            </div>
            {(['from', 'to'] as const).map((end) => (
              <label key={end} className="field">
                <span className="label">{end === 'from' ? 'First day' : 'Last day'}</span>
                <input
                  className="input"
                  type="date"
                  value={filter[end] ?? ''}
                  onChange={(event) => onChange({ ...filter, [end]: event.target.value || null })}
                />
              </label>
            ))}
            <p className="muted small">Days in UTC, both included.</p>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** The filter, a chip each; and a way out of all of it. */
export function FilterChips(props: Omit<ChipProps, 'name'>) {
  const { filter, onChange } = props;
  const isNarrowed =
    (Object.values(listKeys) as (keyof InboxFilter)[]).some((key) => (filter[key]?.length ?? 0) > 0) ||
    filter.from !== null ||
    filter.to !== null;
  return (
    <fieldset className="chips">
      <legend className="hidden-visually">Filter</legend>
      {(Object.keys(titles) as ListKey[]).map((name) => (
        <ListChip key={name} name={name} {...props} />
      ))}
      <DateChip filter={filter} onChange={onChange} />
      {isNarrowed && (
        <button type="button" className="chip clear" onClick={() => onChange({ ...emptyFilter, query: filter.query })}>
          <X size={14} aria-hidden /> Clear
        </button>
      )}
    </fieldset>
  );
}
