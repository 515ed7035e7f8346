// Every screen: adding one is a folder under screens/ and an entry here. Screens load when they are first opened.
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import type { IconName } from './kit/icon.tsx';

export interface ScreenRoute {
  /** wouter pattern. */
  readonly path: string;
  readonly screen: LazyExoticComponent<ComponentType>;
  /** Entry of the navigation, absent for screens that are reached from others. */
  readonly nav?: { readonly label: string; readonly icon: IconName };
}

export const ROUTES: readonly ScreenRoute[] = [
  {
    path: '/',
    nav: { label: 'Home', icon: 'home' },
    screen: lazy(async () => ({ default: (await import('./screens/home/home.tsx')).HomeScreen })),
  },
  {
    path: '/dashboards',
    nav: { label: 'Dashboards', icon: 'dashboards' },
    screen: lazy(async () => ({ default: (await import('./screens/dashboards/dashboards.tsx')).DashboardsScreen })),
  },
  {
    path: '/explore',
    nav: { label: 'Explore', icon: 'explore' },
    screen: lazy(async () => ({ default: (await import('./screens/explore/explore-screen.tsx')).ExploreScreen })),
  },
  {
    path: '/logs',
    nav: { label: 'Logs', icon: 'logs' },
    screen: lazy(async () => ({ default: (await import('./screens/logs/logs-screen.tsx')).LogsScreen })),
  },
  {
    path: '/traces',
    nav: { label: 'Traces', icon: 'traces' },
    screen: lazy(async () => ({ default: (await import('./screens/traces/traces-screen.tsx')).TracesScreen })),
  },
  {
    path: '/alerts',
    nav: { label: 'Alerts', icon: 'alerts' },
    screen: lazy(async () => ({ default: (await import('./screens/alerts/alerts-screen.tsx')).AlertsScreen })),
  },
  {
    path: '/slo',
    nav: { label: 'SLOs', icon: 'slo' },
    screen: lazy(async () => ({ default: (await import('./screens/slo/slo-screen.tsx')).SloScreen })),
  },
  {
    path: '/targets',
    nav: { label: 'Targets', icon: 'targets' },
    screen: lazy(async () => ({ default: (await import('./screens/targets/targets-screen.tsx')).TargetsScreen })),
  },
  {
    path: '/advice',
    nav: { label: 'Advice', icon: 'advice' },
    screen: lazy(async () => ({ default: (await import('./screens/advice/advice-screen.tsx')).AdviceScreen })),
  },
  {
    path: '/d/:uid/:slug?',
    screen: lazy(async () => ({ default: (await import('./screens/dashboard/dashboard.tsx')).DashboardScreen })),
  },
  {
    path: '/trace/:id',
    screen: lazy(async () => ({ default: (await import('./screens/trace/trace-screen.tsx')).TraceScreen })),
  },
  {
    path: '/slo/:service/:name',
    screen: lazy(async () => ({ default: (await import('./screens/slo/slo-detail-screen.tsx')).SloDetailScreen })),
  },
];
