import { Command } from 'commander';

const version = process.env.ALIDADE_VERSION ?? 'development';

/** The commands, in the order in which help names them. Each is loaded when it is asked for: all together take half a second. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./cli/up.ts')).upCommand(version),
  check: async () => (await import('./cli/check.ts')).checkCommand(),
  query: async () => (await import('./cli/query.ts')).queryCommand(),
  generate: async () => (await import('./cli/generate.ts')).generateCommand(),
  import: async () => (await import('./cli/import.ts')).importCommand(),
  export: async () => (await import('./cli/export.ts')).exportCommand(),
  backup: async () => (await import('./cli/backup.ts')).backupCommand(),
  restore: async () => (await import('./cli/restore.ts')).restoreCommand(),
  token: async () => (await import('./cli/token.ts')).tokenCommand(),
  doctor: async () => (await import('./cli/doctor.ts')).doctorCommand(),
  advise: async () => (await import('./cli/advise.ts')).adviseCommand(),
  slo: async () => (await import('./cli/slo.ts')).sloCommand(),
};

const program = new Command('alidade')
  .description('Metrics, logs, traces, dashboards and alerts of ML services in one program.')
  .version(version)
  .showHelpAfterError('(run with --help to see what is possible)')
  // So that options of `generate kubernetes` reach it and not `generate`, which has some of the same name.
  .enablePositionalOptions();

const [name = ''] = process.argv.slice(2);
const wanted = Object.hasOwn(COMMANDS, name) ? [COMMANDS[name] as () => Promise<Command>] : Object.values(COMMANDS);
for (const load of wanted) program.addCommand(await load());

await program.parseAsync();
