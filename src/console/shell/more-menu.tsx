import { Menu } from '@base-ui/react/menu';
import { useLocation } from 'wouter';
import { signOut } from '../client/session.ts';
import { BookOpen, Ellipsis, Keyboard, LogOut, Moon, Terminal } from '../generated/icons.tsx';
import { useLandmark } from '../ui/landmark.ts';
import { isAt, places, tabCount } from './places.ts';
import { nextTheme, themeNames, useTheme } from './theme.ts';

/** On a phone: the places that have no tab, and all else. */
export function MoreMenu({ onHelp }: { onHelp(): void }) {
  const [path, navigate] = useLocation();
  const theme = useTheme();
  const landmark = useLandmark();
  const rest = places.slice(tabCount);
  return (
    <Menu.Root>
      <Menu.Trigger ref={landmark.ref} aria-current={rest.some((place) => isAt(place, path)) ? 'page' : undefined}>
        <Ellipsis size={20} aria-hidden />
        More
      </Menu.Trigger>
      <Menu.Portal container={landmark.container}>
        <Menu.Positioner positionMethod="fixed" className="layer" sideOffset={6}>
          <Menu.Popup className="popup">
            {rest.map((place) => (
              <Menu.Item key={place.path} className="item" onClick={() => navigate(place.path)}>
                <place.icon size={16} aria-hidden /> {place.name}
              </Menu.Item>
            ))}
            <Menu.Item className="item" onClick={() => location.assign('/graphql')}>
              <Terminal size={16} aria-hidden /> GraphiQL
            </Menu.Item>
            <Menu.Item className="item" onClick={() => location.assign('/docs')}>
              <BookOpen size={16} aria-hidden /> REST APIs
            </Menu.Item>
            <Menu.Item className="item" onClick={nextTheme} closeOnClick={false}>
              <Moon size={16} aria-hidden /> {themeNames[theme]}
            </Menu.Item>
            <Menu.Item className="item" onClick={onHelp}>
              <Keyboard size={16} aria-hidden /> Shortcuts
            </Menu.Item>
            <Menu.Item className="item" onClick={() => signOut()}>
              <LogOut size={16} aria-hidden /> Sign out
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
