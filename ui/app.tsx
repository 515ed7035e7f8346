// The frame of every screen: navigation, theme, notices about the configuration; and the routes.
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { type JSX, Suspense, useState } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import styles from './app.module.css';
import { Guard } from './app-guard.tsx';
import { Notices } from './app-notices.tsx';
import { logOut } from './data/client.ts';
import { alertsQuery } from './data/prometheus.ts';
import { statusQuery } from './data/server.ts';
import { IconButton } from './kit/button.tsx';
import { Icon, type IconName, Logo } from './kit/icon.tsx';
import { Menu, MenuChoice, MenuLabel } from './kit/menu.tsx';
import { EmptyState, LoadingState } from './kit/states.tsx';
import { setThemeChoice, type ThemeChoice, useThemeChoice } from './kit/theme.ts';
import { ToastProvider } from './kit/toast.tsx';
import { TooltipProvider } from './kit/tooltip.tsx';
import { ROUTES } from './routes.ts';

/** The whole user interface. */
export function App(): JSX.Element {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: { queries: { retry: 1, retryDelay: 1_000, staleTime: 2_000, refetchOnWindowFocus: true } },
      }),
  );
  return (
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <ToastProvider>
          <Shell />
        </ToastProvider>
      </TooltipProvider>
    </QueryClientProvider>
  );
}

function Shell(): JSX.Element {
  const [location] = useLocation();
  return (
    <div className={styles.app}>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      <Rail />
      <main className={styles.main} id="content">
        <Notices />
        <Guard key={location}>
          <Suspense fallback={<LoadingState place="page" />}>
            <Switch>
              {ROUTES.map(({ path, screen: Screen }) => (
                <Route key={path} path={path}>
                  <Screen />
                </Route>
              ))}
              <Route>
                <NotFound />
              </Route>
            </Switch>
          </Suspense>
        </Guard>
      </main>
    </div>
  );
}

function NotFound(): JSX.Element {
  const [location] = useLocation();
  return (
    <EmptyState place="page" title="There is nothing at this address" actions={<Link href="/">Go to Home</Link>}>
      <code>{location}</code> is not a screen of Alidade.
    </EmptyState>
  );
}

function Rail(): JSX.Element {
  const [location] = useLocation();
  const { data: session } = useQuery({ ...statusQuery(), select: (status) => status.session });
  const { data: firing } = useQuery({ ...alertsQuery(), select: (alerts) => alerts.filter((alert) => alert.state === 'firing').length });
  return (
    <div className={styles.rail}>
      <Link href="/" className={styles.brand} aria-label="Alidade, Home">
        <Logo />
      </Link>
      <nav className={styles.nav} aria-label="Screens">
        {ROUTES.map(
          ({ path, nav }) =>
            nav && (
              <Link key={path} href={path} className={styles.link} aria-current={isCurrent(path, location) ? 'page' : undefined}>
                <Icon name={nav.icon} size={18} />
                {nav.label}
                {nav.icon === 'alerts' && firing !== undefined && firing > 0 && (
                  <span className={styles.count} title={`${firing} firing`}>
                    {firing > 99 ? '99+' : firing}
                    <span className="visually-hidden"> firing</span>
                  </span>
                )}
              </Link>
            ),
        )}
      </nav>
      <div className={styles.foot}>
        <ThemeMenu />
        {session && <IconButton icon="log-out" label={`Log out ${session.name}`} onClick={() => void logOut()} />}
      </div>
    </div>
  );
}

function isCurrent(path: string, location: string): boolean {
  if (path === '/') return location === '/';
  return (
    location === path ||
    location.startsWith(`${path}/`) ||
    (path === '/dashboards' && location.startsWith('/d/')) ||
    (path === '/traces' && location.startsWith('/trace/'))
  );
}

const THEME_ICONS: Readonly<Record<ThemeChoice, IconName>> = { system: 'monitor', light: 'sun', dark: 'moon' };

function ThemeMenu(): JSX.Element {
  const choice = useThemeChoice();
  return (
    <Menu align="start" trigger={<IconButton icon={THEME_ICONS[choice]} label={`Theme: ${choice}`} />}>
      <MenuLabel>Theme</MenuLabel>
      <MenuChoice
        value={choice}
        onChange={setThemeChoice}
        options={[
          { value: 'system', label: 'As the system' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
      />
    </Menu>
  );
}
