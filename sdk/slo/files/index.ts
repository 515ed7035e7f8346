export type { SloFileProblem } from './document.ts';
export * from './read.ts';
export * from './write.ts';
