// Expressions that were run in this browser, newest first.

const KEY = 'alidade.explore.history';
const MOST = 40;

/** The list with these expressions on top. */
export function remember(history: readonly string[], exprs: readonly string[]): readonly string[] {
  const fresh = exprs.map((expr) => expr.trim()).filter(Boolean);
  return [...new Set([...fresh, ...history])].slice(0, MOST);
}

/** What was stored; nothing when storage is forbidden or holds something else. */
export function loadHistory(storage: Pick<Storage, 'getItem'>): readonly string[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter((each): each is string => typeof each === 'string').slice(0, MOST) : [];
  } catch {
    return []; // forbidden, or written by something else
  }
}

/** Stores the list; an empty one removes it. */
export function saveHistory(storage: Pick<Storage, 'setItem' | 'removeItem'>, history: readonly string[]): void {
  try {
    if (history.length === 0) storage.removeItem(KEY);
    else storage.setItem(KEY, JSON.stringify(history));
  } catch (error) {
    console.info('Queries cannot be remembered in this browser', error);
  }
}
