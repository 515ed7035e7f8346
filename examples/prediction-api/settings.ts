import type { LogLevel } from '@alidade/sdk/instrument/logger';
import { DEFAULT_RETENTION, type RetentionAssumptions } from './business-metrics.ts';
import { APP } from './metrics.ts';
import { type ModelVersion, modelVersions } from './model.ts';

/** Settings of the service, from the environment. */
export interface Settings {
  /** `HOST`, default 127.0.0.1. */
  readonly host: string;
  /** `PORT`, default 5000; 0 takes a free one. */
  readonly port: number;
  /** `DEFAULT_MODEL_VERSION`, default v2: what `POST /predict` asks. */
  readonly defaultVersion: ModelVersion;
  /** `OTEL_SERVICE_NAME`, default the application's: what logs and traces call the service. */
  readonly service: string;
  /** `ENVIRONMENT`, default development. */
  readonly environment: string;
  /** `LOG_LEVEL`, default info. */
  readonly logLevel: LogLevel;
  /** `LOKI_URL`: where log lines go beside standard output; nowhere when unset. */
  readonly lokiUrl: string | undefined;
  /** `RETENTION_SUCCESS_RATE` and `RETENTION_OFFER_COST`: what the value of prevented churn is reckoned with. */
  readonly retention: RetentionAssumptions;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const satisfies readonly LogLevel[];

/** Reads the settings. Throws an error that names the variable, its value and what it may be. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const port = Number(env.PORT ?? 5000);
  if (!Number.isInteger(port) || port < 0 || port > 65535 || env.PORT === '') {
    throw new Error(`PORT is "${env.PORT}", expected a whole number from 0 to 65535`);
  }
  const version = env.DEFAULT_MODEL_VERSION ?? 'v2';
  const defaultVersion = modelVersions.find((known) => known === version);
  if (!defaultVersion) throw new Error(`DEFAULT_MODEL_VERSION is "${version}", expected one of ${modelVersions.join(', ')}`);
  const level = env.LOG_LEVEL || 'info';
  const logLevel = logLevels.find((known) => known === level);
  if (!logLevel) throw new Error(`LOG_LEVEL is "${level}", expected one of ${logLevels.join(', ')}`);
  if (env.LOKI_URL && !URL.canParse(env.LOKI_URL)) {
    throw new Error(`LOKI_URL is "${env.LOKI_URL}", expected an address such as http://127.0.0.1:9090`);
  }
  return {
    host: env.HOST || '127.0.0.1',
    port,
    defaultVersion,
    service: env.OTEL_SERVICE_NAME || APP.name,
    environment: env.ENVIRONMENT || 'development',
    logLevel,
    lokiUrl: env.LOKI_URL || undefined,
    retention: {
      successRate: readNumber(env, 'RETENTION_SUCCESS_RATE', DEFAULT_RETENTION.successRate, 1),
      offerCost: readNumber(env, 'RETENTION_OFFER_COST', DEFAULT_RETENTION.offerCost, 1_000_000),
    },
  };
}

function readNumber(env: NodeJS.ProcessEnv, name: string, fallback: number, max: number): number {
  const value = Number(env[name] || fallback);
  if (!(value >= 0 && value <= max)) throw new Error(`${name} is "${env[name]}", expected a number from 0 to ${max}`);
  return value;
}
