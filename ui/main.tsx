import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import './global.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

/** Most screens draw charts: their code is fetched while the first screen is being read. A failure shows when a screen needs it. */
function fetchCharts(): void {
  import('./charts/time-chart.tsx').catch((error: unknown) => console.info('Charts will be fetched later', error));
}

if ('requestIdleCallback' in window) requestIdleCallback(fetchCharts);
else setTimeout(fetchCharts, 500);
