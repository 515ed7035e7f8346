// The state of Logs in its URL: /logs?q={service="api"}&level=error&col=status&from=now-1h&to=now. Links are made with data/links.ts.
import { choiceParam, flagParam, listParam, textParam, type UrlSchema } from '../../data/url-state.ts';
import type { LogDirection } from './log-pages.ts';

export interface LogsState {
  /** LogQL; '' = all streams. */
  readonly q: string;
  readonly dir: LogDirection;
  /** Levels to show; none = all. */
  readonly level: readonly string[];
  readonly wrap: boolean;
  /** Lines as they are stored, not taken apart. */
  readonly raw: boolean;
  /** The key of the expanded line. */
  readonly line: string;
  /** Names of fields that have a column. */
  readonly col: readonly string[];
}

/** Parameters of Logs besides time, which useTime keeps. */
export const logsParams: UrlSchema<LogsState> = {
  q: textParam(),
  dir: choiceParam<LogDirection>(['backward', 'forward'], 'backward'),
  level: listParam(),
  wrap: flagParam(),
  raw: flagParam(),
  line: textParam(),
  col: listParam(),
};
