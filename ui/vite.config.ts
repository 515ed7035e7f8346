import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `server` is for development only: `vite` on its own port, with the API of a running Alidade. */
export default defineConfig({
  plugins: [react()],
  base: '/',
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    manifest: 'manifest.json',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:9090', '/-': 'http://127.0.0.1:9090' } },
});
