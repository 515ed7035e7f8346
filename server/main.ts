import { Command } from 'commander';
import { adviseCommand } from './cli/advise.ts';
import { backupCommand } from './cli/backup.ts';
import { checkCommand } from './cli/check.ts';
import { doctorCommand } from './cli/doctor.ts';
import { exportCommand } from './cli/export.ts';
import { generateCommand } from './cli/generate.ts';
import { importCommand } from './cli/import.ts';
import { queryCommand } from './cli/query.ts';
import { restoreCommand } from './cli/restore.ts';
import { sloCommand } from './cli/slo.ts';
import { tokenCommand } from './cli/token.ts';
import { upCommand } from './cli/up.ts';

const version = process.env.ALIDADE_VERSION ?? 'development';

const program = new Command('alidade')
  .description('Metrics, logs, traces, dashboards and alerts of ML services in one program.')
  .version(version)
  .showHelpAfterError('(run with --help to see what is possible)')
  // So that options of `generate kubernetes` reach it and not `generate`, which has some of the same name.
  .enablePositionalOptions()
  .addCommand(upCommand(version))
  .addCommand(checkCommand())
  .addCommand(queryCommand())
  .addCommand(generateCommand())
  .addCommand(importCommand())
  .addCommand(exportCommand())
  .addCommand(backupCommand())
  .addCommand(restoreCommand())
  .addCommand(tokenCommand())
  .addCommand(doctorCommand())
  .addCommand(adviseCommand())
  .addCommand(sloCommand());

await program.parseAsync();
