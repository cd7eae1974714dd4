import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Compass } from '../generated/icons.tsx';
import { Empty, Skeleton } from '../ui/parts.tsx';

/** A page with its title, what it is for, and what can be done. */
export function Page(props: { title: string; about: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <div className="page">
      <header>
        <div>
          <h1>{props.title}</h1>
          <p>{props.about}</p>
        </div>
        {props.actions && <div className="row">{props.actions}</div>}
      </header>
      {props.children}
    </div>
  );
}

export function PageSkeleton() {
  return (
    <div className="page" aria-busy="true">
      <span className="hidden-visually">Loading</span>
      <Skeleton lines={2} />
      <div className="card">
        <Skeleton lines={6} />
      </div>
    </div>
  );
}

export function NotFound() {
  return (
    <Empty
      level={1}
      icon={Compass}
      title="There is nothing here"
      action={
        <Link className="button" href="/">
          To the inbox
        </Link>
      }
    >
      The address may be mistyped, or what it named is gone.
    </Empty>
  );
}
