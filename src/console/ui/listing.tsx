import '../styles/table.css';
import type { CombinedError } from '@urql/core';
import type { ReactNode } from 'react';
import { explainError } from '../client/words.ts';
import { Skeleton, Trouble } from './parts.tsx';

type ListingProps<Item> = {
  /** Undefined until they are there; null where they were refused. */
  items: readonly Item[] | null | undefined;
  error: CombinedError | undefined;
  onRetry(): void;
  /** Of all columns but the last one of those with actions, which holds what can be done. */
  columns: readonly string[];
  hasActions?: boolean;
  /** Said where there is none. */
  empty: ReactNode;
  children(item: Item): ReactNode;
};

/** A table of what the account has: while it is loaded, where there is none, and where it cannot be had. */
export function Listing<Item>({ hasActions = true, ...props }: ListingProps<Item>) {
  const { items, error, onRetry, columns, empty, children } = props;
  return (
    <>
      {error !== undefined && <Trouble message={explainError(error)} onRetry={onRetry} />}
      {items === undefined && error === undefined && (
        <div className="card" aria-busy="true">
          <Skeleton lines={5} />
        </div>
      )}
      {items?.length === 0 && empty}
      {items && items.length > 0 && (
        <div className="table-frame">
          <table className="table">
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
                {hasActions && (
                  <th scope="col">
                    <span className="hidden-visually">Actions</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>{items.map(children)}</tbody>
          </table>
        </div>
      )}
    </>
  );
}
