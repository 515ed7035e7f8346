export * from './advice.ts';
export * from './dashboard.ts';
export * from './rule-file.ts';
export * from './slo.ts';
export * from './ui-api.ts';
