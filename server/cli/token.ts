import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { dataDirOf } from '../config/server.ts';
import { createToken, deleteToken, readTokens, TOKEN_SCOPES, type TokenScope } from '../config/tokens-file.ts';
import { messageOf } from '../model/app-error.ts';

interface TokenOptions {
  readonly file?: string;
  readonly data?: string;
  readonly dir?: string;
}

/** `alidade token create|list|delete`: who may ask a server, beside users of a web.config.file. */
export function tokenCommand(): Command {
  const command = new Command('token').description(
    'Make, list and delete tokens for the API and the login page; a running server knows them at once',
  );
  const add = (line: string, description: string) =>
    command
      .command(line)
      .description(description)
      .option('--file <file>', 'file of tokens (default: tokens.yaml in the data folder)')
      .option('--data <folder>', 'data folder of the server')
      .option('--dir <folder>', 'configuration folder of the server, as given to `up`');
  add('create <name>', 'Make a token and print it; only its hash is stored')
    .addOption(new Option('--scope <scope>', 'read, or write (which may read, too)').choices(TOKEN_SCOPES).makeOptionMandatory())
    .action((name: string, options: TokenOptions & { readonly scope: TokenScope }) =>
      attempt(() => console.log(createToken(fileOf(options), name, options.scope, new Date()))),
    );
  add('list', 'Print name, scope and time of each token').action((options: TokenOptions) =>
    attempt(() => {
      for (const { name, scope, created } of readTokens(fileOf(options))) console.log(`${name}\t${scope}\t${created}`);
    }),
  );
  add('delete <name>', 'Delete a token; sessions that were begun with it end').action((name: string, options: TokenOptions) =>
    attempt(() => deleteToken(fileOf(options), name)),
  );
  return command;
}

function fileOf({ file, data, dir }: TokenOptions): string {
  if (file !== undefined) return resolve(file);
  return resolve(dataDirOf(data === undefined ? {} : { data }, {}, dir === undefined ? '' : resolve(dir)), 'tokens.yaml');
}

function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    console.error(`alidade token: ${messageOf(error)}`);
    process.exitCode = 1;
  }
}
