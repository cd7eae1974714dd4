import { CSPProvider } from '@base-ui/react/csp-provider';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Provider } from 'urql';
import { Route, Switch } from 'wouter';
import { createData, DataContext } from './client/client.ts';
import { useSession } from './client/session.ts';
import { Inbox } from './inbox/inbox.tsx';
import { NotFound, PageSkeleton } from './shell/pages.tsx';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { ToastRegion } from './ui/toast.tsx';

const Stats = lazy(() => import('./stats/stats.tsx').then((each) => ({ default: each.Stats })));
const Upstreams = lazy(() => import('./upstreams/upstreams.tsx').then((each) => ({ default: each.Upstreams })));
const Exports = lazy(() => import('./exports/exports.tsx').then((each) => ({ default: each.Exports })));
const Imports = lazy(() => import('./imports/imports.tsx').then((each) => ({ default: each.Imports })));
const Webhooks = lazy(() => import('./webhooks/webhooks.tsx').then((each) => ({ default: each.Webhooks })));
const Deliveries = lazy(() => import('./webhooks/deliveries.tsx').then((each) => ({ default: each.Deliveries })));
const Keys = lazy(() => import('./keys/keys.tsx').then((each) => ({ default: each.Keys })));
const Audit = lazy(() => import('./audit/audit.tsx').then((each) => ({ default: each.Audit })));

function SignedIn({ apiKey }: { apiKey: string }) {
  const [data] = useState(() => createData(apiKey));
  useEffect(() => () => data.close(), [data]);
  return (
    <DataContext value={data}>
      <Provider value={data.client}>
        <Shell>
          <Suspense fallback={<PageSkeleton />}>
            <Switch>
              <Route path="/stats" component={Stats} />
              <Route path="/upstreams" component={Upstreams} />
              <Route path="/exports" component={Exports} />
              <Route path="/imports" component={Imports} />
              <Route path="/settings/webhooks" component={Webhooks} />
              <Route path="/settings/webhooks/:id">{({ id }) => <Deliveries id={id} />}</Route>
              <Route path="/settings/keys" component={Keys} />
              <Route path="/settings/audit" component={Audit} />
              <Route path={/^\/(?:conversations\/(?<id>[^/]+)\/?)?$/}>
                {({ id }) => <Inbox openId={id ?? null} />}
              </Route>
              <Route component={NotFound} />
            </Switch>
          </Suspense>
        </Shell>
      </Provider>
    </DataContext>
  );
}

export function App() {
  const { apiKey } = useSession();
  return (
    // The page's policy takes no style that is written into it; what is lost by it is a hidden scrollbar.
    <CSPProvider disableStyleElements>
      {apiKey === null ? <SignIn /> : <SignedIn key={apiKey} apiKey={apiKey} />}
      <ToastRegion />
    </CSPProvider>
  );
}
