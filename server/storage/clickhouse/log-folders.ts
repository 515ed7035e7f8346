/** Folder of the write-ahead log of samples below the data directory. */
export const METRICS_DIR = 'wal';
/** That of log lines. */
export const LOGS_DIR = 'wal-logs';
/** That of spans. */
export const SPANS_DIR = 'wal-spans';
/** That of alert states, silences and the notification log. */
export const STATE_DIR = 'wal-state';
