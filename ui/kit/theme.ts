// Theme: 'system' (default), 'light' or 'dark', remembered in this browser. public/theme.js applies it before the first paint.
import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';
export type ThemeChoice = 'system' | Theme;

const KEY = 'alidade.theme';
const CHANGED = 'alidade:theme';

function readChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system'; // storage is forbidden in this browser
  }
}

function systemIsDark(): boolean {
  return matchMedia('(prefers-color-scheme: dark)').matches;
}

function apply(): void {
  const choice = readChoice();
  const theme: Theme = choice === 'system' ? (systemIsDark() ? 'dark' : 'light') : choice;
  document.documentElement.dataset.theme = theme;
}

/** Chooses a theme and remembers it. */
export function setThemeChoice(choice: ThemeChoice): void {
  try {
    if (choice === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch (error) {
    console.info('The theme cannot be remembered in this browser', error);
  }
  apply();
  dispatchEvent(new Event(CHANGED));
}

function subscribe(listener: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)');
  const onSystem = () => {
    apply();
    listener();
  };
  media.addEventListener('change', onSystem);
  addEventListener(CHANGED, listener);
  return () => {
    media.removeEventListener('change', onSystem);
    removeEventListener(CHANGED, listener);
  };
}

/** The theme in force; charts redraw with new colours when it changes. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => (document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light'));
}

/** What the user chose, 'system' unless something else was picked. */
export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, readChoice);
}

/** The resolved value of a token ("brass" → "#8a6a1f") for canvas code, which cannot read custom properties. */
export function tokenValue(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
