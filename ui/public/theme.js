// Runs before the first paint, so that the page never flashes in the wrong theme. kit/theme.ts uses the same key.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem('alidade.theme');
  } catch {
    choice = null; // storage is forbidden here: follow the system
  }
  const dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
