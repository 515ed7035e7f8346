// The login page: one form, no script, nothing to be fetched.

/** What the page shows. */
export interface LoginPage {
  /** Whether there are users with passwords, beside tokens. */
  readonly hasUsers: boolean;
  /** Where to go afterwards; a path of this server. */
  readonly next: string;
  /** What was given as user before. */
  readonly user?: string | undefined;
  /** Why the last attempt failed. */
  readonly fault?: string | undefined;
  /** Asks for the same address once more at once. */
  readonly returnsAtOnce?: boolean | undefined;
}

const STYLE = `
:root { color-scheme: light dark; --paper: #fbfaf7; --panel: #ffffff; --ink: #1d1c1a; --faint: #6a665e; --line: #dcd8cf; --accent: #8a6a1f; --on-accent: #ffffff; --bad: #a8261b; --bad-paper: #fbeeec; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16171a; --panel: #1d1f23; --ink: #e9e6df; --faint: #9b978d; --line: #34363c; --accent: #d4ac5a; --on-accent: #1b1608; --bad: #ff8f80; --bad-paper: #33201f; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--paper); color: var(--ink); font: 13px/20px system-ui, -apple-system, "Segoe UI", sans-serif; }
main { width: 100%; max-width: 336px; padding: 32px; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
header { display: flex; align-items: center; gap: 12px; margin-bottom: 24px; }
svg { color: var(--accent); flex: none; }
h1 { margin: 0; font-size: 16px; font-weight: 600; }
header p { margin: 0; color: var(--faint); }
label { display: block; margin: 16px 0 4px; font-weight: 500; }
input { width: 100%; height: 36px; padding: 0 12px; border: 1px solid var(--line); border-radius: 4px; background: var(--paper); color: inherit; font: inherit; }
input:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
button { width: 100%; height: 36px; margin-top: 24px; border: 0; border-radius: 4px; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; cursor: pointer; }
.fault { display: flex; gap: 8px; margin: 0; padding: 8px 12px; border: 1px solid var(--bad); border-radius: 4px; background: var(--bad-paper); color: var(--bad); }
.hint { margin: 4px 0 0; color: var(--faint); }
code { font-size: 12px; }`;

const MARK =
  '<svg width="32" height="32" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" aria-hidden="true"><circle cx="12" cy="12" r="8.5" stroke-width="1.2"/><path stroke-width="1.2" d="M12 1.8v2.6M12 19.6v2.6M1.8 12h2.6M19.6 12h2.6"/><path stroke-width=".8" d="M17.1 5.2l.9-1.1M6 19.9l.9-1.1M6.9 5.2 6 4.1M18 19.9l-.9-1.1" opacity=".6"/><path stroke-width="1.8" d="M5.6 18.4 18.4 5.6"/><circle cx="12" cy="12" r="1.9" fill="currentColor" stroke="none"/></svg>';

/** The page as HTML. */
export function renderLoginPage({ hasUsers, next, user: given = '', fault, returnsAtOnce }: LoginPage): string {
  // The first field that is empty.
  const [atUser, atSecret] = hasUsers && given === '' ? [' autofocus', ''] : ['', ' autofocus'];
  const user = `<label for="user">User</label><input id="user" name="user" value="${escapeHtml(given)}" autocomplete="username" autocapitalize="none" spellcheck="false"${atUser}>`;
  const secret = `<label for="secret">${hasUsers ? 'Password' : 'Token'}</label><input id="secret" name="secret" type="password" autocomplete="current-password" required${atSecret}>`;
  const hint = hasUsers
    ? '<p class="hint">A token needs no user.</p>'
    : '<p class="hint">The one in <code>ALIDADE_TOKEN</code>, or made with <code>alidade token create</code>.</p>';
  const warning = fault === undefined ? '' : `<p class="fault" role="alert"><span aria-hidden="true">✕</span>${escapeHtml(fault)}</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${returnsAtOnce ? '<meta http-equiv="refresh" content="0">\n' : ''}<title>Log in · Alidade</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>${MARK}<div><h1>Alidade</h1><p>Log in to go on.</p></div></header>
${warning}<form method="post" action="/login">
<input type="hidden" name="next" value="${escapeHtml(next)}">
${hasUsers ? user : ''}${secret}${hint}
<button type="submit">Log in</button>
</form>
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
