export * from './dashboard.ts';
export * from './ui-api.ts';
