import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { useQuery } from 'urql';
import { Link, useLocation } from 'wouter';
import { signOut } from '../client/session.ts';
import { ViewerDocument } from '../generated/documents.ts';
import { BookOpen, Keyboard, LogOut, Monitor, Moon, Sun, Terminal } from '../generated/icons.tsx';
import { undoLast } from '../ui/toast.tsx';
import { AwayBanner } from './away.tsx';
import { Logo } from './logo.tsx';
import { isAt, places, tabCount } from './places.ts';
import { useShortcut } from './shortcuts.ts';
import { nextTheme, themeNames, useTheme } from './theme.ts';

// What opens later is loaded later: the first page waits for nothing that is not on it.
const HelpSheet = lazy(() => import('./help.tsx').then((each) => ({ default: each.HelpSheet })));
const MoreMenu = lazy(() => import('./more-menu.tsx').then((each) => ({ default: each.MoreMenu })));

const themeIcons = { system: Monitor, light: Sun, dark: Moon };

function GoTo({ keys, path }: { keys: string; path: string }) {
  const [, navigate] = useLocation();
  useShortcut(keys, () => navigate(path));
  return null;
}

function Places() {
  const [path] = useLocation();
  return places.map((place) => (
    <li key={place.path}>
      <Link href={place.path} className="nav-link" aria-current={isAt(place, path) ? 'page' : undefined}>
        <place.icon size={18} aria-hidden />
        {place.name}
      </Link>
    </li>
  ));
}

/** On a phone: the four that are used most, and the rest in a menu. */
function TabBar({ onHelp }: { onHelp(): void }) {
  const [path] = useLocation();
  return (
    <nav className="tabbar" aria-label="Pages">
      {places.slice(0, tabCount).map((place) => (
        <Link key={place.path} href={place.path} aria-current={isAt(place, path) ? 'page' : undefined}>
          <place.icon size={20} aria-hidden />
          {place.name}
        </Link>
      ))}
      <Suspense fallback={<span />}>
        <MoreMenu onHelp={onHelp} />
      </Suspense>
    </nav>
  );
}

function Sidebar({ onHelp }: { onHelp(): void }) {
  const [{ data }] = useQuery({ query: ViewerDocument });
  const theme = useTheme();
  const ThemeIcon = themeIcons[theme];
  return (
    <nav className="sidebar" aria-label="Pages">
      <div className="brand">
        <Logo />
        <span className="clip">
          convograph
          <span className="muted small clip">{data?.viewer.tenant.name ?? '\u00a0'}</span>
        </span>
      </div>
      <ul>
        <Places />
      </ul>
      <div className="foot">
        <a className="nav-link" href="/graphql">
          <Terminal size={18} aria-hidden /> GraphiQL
        </a>
        <a className="nav-link" href="/docs">
          <BookOpen size={18} aria-hidden /> REST APIs
        </a>
        <hr />
        <button type="button" className="nav-link" onClick={nextTheme}>
          <ThemeIcon size={18} aria-hidden /> {themeNames[theme]}
        </button>
        <button type="button" className="nav-link" onClick={onHelp}>
          <Keyboard size={18} aria-hidden /> Shortcuts <kbd className="end">?</kbd>
        </button>
        <button type="button" className="nav-link" onClick={() => signOut()}>
          <LogOut size={18} aria-hidden /> Sign out
        </button>
      </div>
    </nav>
  );
}

/** What stands around every page: where one can go, and whether the gateway answers. */
export function Shell({ children }: { children: ReactNode }) {
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const place = places.find((each) => isAt(each, path));
  useShortcut('?', () => setIsHelpOpen(true));
  useShortcut('t', nextTheme);
  useShortcut('z', undoLast);

  const placePath = place?.path;
  const isFirst = useRef(true);
  // Whoever reads by ear hears where they are now; the first page is read from its beginning anyway.
  useEffect(() => {
    document.title = place === undefined ? 'convograph' : `${place.name} · convograph`;
    if (!isFirst.current && placePath !== undefined) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [placePath, place]);

  return (
    <div className="shell">
      <a className="skip button" href="#main">
        To the content
      </a>
      {places.map((each) => (
        <GoTo key={each.path} keys={`g ${each.key}`} path={each.path} />
      ))}
      <Sidebar onHelp={() => setIsHelpOpen(true)} />
      <div className="content">
        <AwayBanner />
        <main id="main" ref={main} tabIndex={-1}>
          {children}
        </main>
      </div>
      <TabBar onHelp={() => setIsHelpOpen(true)} />
      {isHelpOpen && (
        <Suspense>
          <HelpSheet isOpen onClose={() => setIsHelpOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}
