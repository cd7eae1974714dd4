import type { ComponentType, ReactNode } from 'react';

/** `size` is in CSS pixels. An icon says nothing to a screen reader: the words beside it do. */
export type Icon = ComponentType<{ size: number; 'aria-hidden'?: boolean }>;

/** An icon of lines in the text's colour, drawn on a field of 24 by 24. */
export function createIcon(shape: ReactNode): Icon {
  return ({ size }) => (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
    >
      {shape}
    </svg>
  );
}
