const DEADLY_SIGNALS = ['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV', 'SIGSYS', 'SIGTRAP', 'SIGTSTP'] as const;

/**
 * Lets the signals of a native crash end the process at once. The engine's own handlers wait minutes for a logger that does not run
 * inside another program: a process that crashed would neither work nor end, and no supervisor could start it again.
 */
export function endAtDeadlySignals(): void {
  for (const signal of DEADLY_SIGNALS) {
    const ignore = () => undefined;
    // libuv takes the signal over from the engine, and gives it back to the system's default with the last listener.
    process.on(signal, ignore);
    process.off(signal, ignore);
  }
}
