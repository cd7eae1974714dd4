/** What the page is told by the server. */
export type BootOptions = {
  title: string;
  examples: { query: string; variables: string }[];
  /** Of the Headers tab, as JSON. */
  headers: string;
  /** Whether `headers` bear a key that is valid. */
  hasKey: boolean;
  hasSchema: boolean;
  summaryLine: string;
};

type Tab = {
  id: string;
  title: string;
  query: string | null;
  variables: string | null;
  headers: string | null;
  operationName: string | null;
  response: string | null;
};
type Tabs = { tabs: Tab[]; activeTabIndex: number };

/**
 * Runs in the page, which has its source by `toString()`: it may use nothing from outside itself. Opens the query of
 * the address in a tab, else what was open last, and says what GraphiQL does not.
 * @returns the options that GraphiQL is rendered with
 */
export function boot(options: BootOptions): Record<string, unknown> {
  // GraphiQL's own names.
  const tabsKey = 'graphiql:tabState';
  const untitled = '<untitled>';

  const newTab = (query: string, variables: string): Tab => {
    const operationName = /^(?!#).*(?:query|subscription|mutation)\s+(\w+)/m.exec(query)?.[1] ?? null;
    return {
      id: crypto.randomUUID?.() ?? String(Math.random()),
      title: operationName ?? untitled,
      query,
      variables,
      headers: options.headers,
      operationName,
      response: null,
    };
  };

  const readTabs = (): Tabs | null => {
    try {
      const kept = JSON.parse(localStorage.getItem(tabsKey) ?? '') as Tabs;
      const tabs = kept.tabs.filter((tab) => typeof tab.id === 'string' && (tab.query ?? '').trim() !== '');
      const active = kept.tabs[kept.activeTabIndex];
      return tabs.length === 0
        ? null
        : {
            tabs,
            activeTabIndex: active === undefined ? 0 : Math.max(0, tabs.indexOf(active)),
          };
    } catch {
      return null;
    }
  };

  const openTabs = (): Tabs => {
    const state = readTabs() ?? {
      tabs: options.examples.map(({ query, variables }) => newTab(query, variables)),
      activeTabIndex: 0,
    };
    const address = new URLSearchParams(location.search);
    const query = address.get('query');
    if (query === null || query.trim() === '') return state;
    const known = state.tabs.findIndex((tab) => tab.query === query);
    if (known < 0) state.tabs.push(newTab(query, address.get('variables') ?? ''));
    state.activeTabIndex = known < 0 ? state.tabs.length - 1 : known;
    return state;
  };

  /** One line above everything, in words; with what can be done about it. */
  const tell = (id: string, words: string, action?: { label: string; run(): void }) => {
    if (document.getElementById(id) !== null) return;
    const bar = document.createElement('div');
    bar.id = id;
    bar.setAttribute('role', 'alert');
    bar.style.cssText =
      'position:fixed;z-index:99;inset:0 0 auto;padding:10px 16px;background:#7a1f1f;color:#fff;font:14px/1.4 system-ui,sans-serif';
    bar.textContent = words;
    if (action !== undefined) {
      const button = document.createElement('button');
      button.textContent = action.label;
      button.style.cssText = 'margin-left:12px;padding:4px 10px;font:inherit;cursor:pointer';
      button.onclick = action.run;
      bar.append(button);
    }
    document.body.prepend(bar);
  };

  const useGivenKey = () => {
    const state = readTabs();
    const changed = state && { ...state, tabs: state.tabs.map((tab) => ({ ...tab, headers: options.headers })) };
    localStorage.setItem(tabsKey, JSON.stringify(changed));
    location.reload();
  };

  const refused = 'key-refused';
  const watchKey = (response: Response) => {
    if (response.status !== 401) document.getElementById(refused)?.remove();
    else {
      tell(
        refused,
        'The API key in the Headers tab is missing or not valid any more: put in another. Whoever runs this gateway makes one with: npm run admin -- key add TENANT',
        options.hasKey ? { label: "Use this gateway's own key", run: useGivenKey } : undefined,
      );
    }
  };

  const ownFetch = window.fetch.bind(window);
  const ask = async (headers: HeadersInit | undefined, query: string, variables?: object) => {
    const bearing = new Headers(headers);
    bearing.set('content-type', 'application/json');
    bearing.set('accept', 'application/json');
    const response = await ownFetch('/graphql', {
      method: 'POST',
      headers: bearing,
      body: JSON.stringify({ query, variables }),
    });
    return response.json();
  };

  /** So that a subscription that was just begun has something to tell: of the first API that makes one now. */
  const makeSummary = async (headers: HeadersInit | undefined) => {
    const { data } = await ask(headers, '{ conversations(first: 100) { nodes { id provider capabilities } } }');
    const tried = new Set<string>();
    for (const { id, provider, capabilities } of data?.conversations?.nodes ?? []) {
      if (tried.has(provider) || !capabilities.includes('SUMMARIZE')) continue;
      tried.add(provider);
      const document = 'mutation ($id: ID!) { regenerateSummary(input: { conversationId: $id }) { __typename } }';
      const answer = await ask(headers, document, { id });
      if (answer.data?.regenerateSummary?.__typename === 'RegenerateSummaryPayload') return;
    }
  };

  window.fetch = async (...args) => {
    const response = await ownFetch(...args);
    watchKey(response);
    const { headers, body } = args[1] ?? {};
    const isLive = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const asked = new URL(String(args[0] instanceof Request ? args[0].url : args[0]), location.href);
    const query = asked.searchParams.get('query') ?? (typeof body === 'string' ? body : '');
    // GraphiQL sends a document without its comments; the address holds what the tab shows.
    const shown = new URLSearchParams(location.search).get('query') ?? '';
    const isWanted = shown.includes(options.summaryLine) && query.includes('summaryStatusChanged');
    if (isLive && isWanted) setTimeout(() => void makeSummary(headers).catch(() => {}), 500);
    return response;
  };

  const state = openTabs();
  localStorage.setItem(tabsKey, JSON.stringify(state));
  const active = state.tabs[state.activeTabIndex];
  return {
    endpoint: '/graphql',
    title: options.title,
    subscriptionsProtocol: 'SSE',
    shouldPersistHeaders: true,
    headers: options.headers,
    // The tab that equals these is the one that GraphiQL opens.
    query: active?.query ?? '',
    variables: active?.variables ?? '',
    initialHeaders: active?.headers ?? options.headers,
    // Without a schema there is nothing to ask for: the page says so instead of showing an error.
    ...(options.hasSchema ? {} : { schema: null }),
  };
}
