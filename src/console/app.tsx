import { Suspense, useEffect, useState } from 'react';
import { Provider } from 'urql';
import { Route, Switch } from 'wouter';
import { createData, DataContext } from './client/client.ts';
import { useSession } from './client/session.ts';
import { Inbox } from './inbox/inbox.tsx';
import { NotFound, PageSkeleton } from './shell/pages.tsx';
import { Shell } from './shell/shell.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { ToastRegion } from './ui/toast.tsx';

function SignedIn({ apiKey }: { apiKey: string }) {
  const [data] = useState(() => createData(apiKey));
  useEffect(() => () => data.close(), [data]);
  return (
    <DataContext value={data}>
      <Provider value={data.client}>
        <Shell>
          <Suspense fallback={<PageSkeleton />}>
            <Switch>
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
    <>
      {apiKey === null ? <SignIn /> : <SignedIn key={apiKey} apiKey={apiKey} />}
      <ToastRegion />
    </>
  );
}
