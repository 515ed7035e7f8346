import type { Command } from 'commander';
import { vi } from 'vitest';

/** What a command printed, and its status. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** Runs a command of the command line in this process: where the process itself adds nothing, it saves the seconds of its start. */
export async function runCommand(command: Command, args: readonly string[]): Promise<CommandResult> {
  const printed = { stdout: '', stderr: '' };
  const before = process.exitCode;
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((...texts: unknown[]) => {
      printed.stdout += `${texts.join(' ')}\n`;
    }),
    vi.spyOn(console, 'error').mockImplementation((...texts: unknown[]) => {
      printed.stderr += `${texts.join(' ')}\n`;
    }),
  ];
  try {
    process.exitCode = 0;
    await command.parseAsync([...args], { from: 'user' });
    return { ...printed, status: Number(process.exitCode) };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}
