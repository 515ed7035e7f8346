// Property tests draw the same cases on every run of `npm test`, so that a change is judged by itself; `npm run test:full` draws new ones.
import fc from 'fast-check';

if (!process.env.ALIDADE_FULL) fc.configureGlobal({ seed: 20_250_701 });
