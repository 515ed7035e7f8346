import { type ModelVersion, modelVersions } from './model.ts';

/** Settings of the service, from the environment. */
export interface Settings {
  /** `HOST`, default 127.0.0.1. */
  readonly host: string;
  /** `PORT`, default 5000; 0 takes a free one. */
  readonly port: number;
  /** `DEFAULT_MODEL_VERSION`, default v2: what `POST /predict` asks. */
  readonly defaultVersion: ModelVersion;
}

/** Reads the settings. Throws an error that names the variable, its value and what it may be. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const port = Number(env.PORT ?? 5000);
  if (!Number.isInteger(port) || port < 0 || port > 65535 || env.PORT === '') {
    throw new Error(`PORT is "${env.PORT}", expected a whole number from 0 to 65535`);
  }
  const version = env.DEFAULT_MODEL_VERSION ?? 'v2';
  const defaultVersion = modelVersions.find((known) => known === version);
  if (!defaultVersion) throw new Error(`DEFAULT_MODEL_VERSION is "${version}", expected one of ${modelVersions.join(', ')}`);
  return { host: env.HOST || '127.0.0.1', port, defaultVersion };
}
