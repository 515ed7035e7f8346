// What targets are made of, read out of the Engine API's answers. Everything else in them is dropped at once.
import { z } from 'zod';
import { discoveryError } from './errors.ts';

const labels = z.record(z.string(), z.string()).nullish();
const network = z.object({ IPAddress: z.string().default(''), NetworkID: z.string().default('') });
const container = z.object({
  Id: z.string(),
  Names: z.array(z.string()).nullish(),
  Labels: labels,
  Ports: z
    .array(
      z.object({
        IP: z.string().default(''),
        PrivatePort: z.number().int().nonnegative(),
        PublicPort: z.number().int().nonnegative().default(0),
        Type: z.string().default(''),
      }),
    )
    .nullish(),
  HostConfig: z.object({ NetworkMode: z.string().default('') }).nullish(),
  NetworkSettings: z.object({ Networks: z.record(z.string(), network.nullable()).nullish() }).nullish(),
});
const networkEntry = z.object({
  Id: z.string(),
  Name: z.string().default(''),
  Scope: z.string().default(''),
  Internal: z.boolean().default(false),
  Ingress: z.boolean().default(false),
  Labels: labels,
});

/** One running container. */
export type DockerContainer = z.output<typeof container>;
/** One network of the daemon. */
export type DockerNetwork = z.output<typeof networkEntry>;

/** Reads `/containers/json`. Throws AppError `discovery.bad_answer`. */
export function readContainers(answer: unknown): DockerContainer[] {
  return read(z.array(container), answer, 'the list of containers');
}

/** Reads `/networks`. Throws AppError `discovery.bad_answer`. */
export function readNetworks(answer: unknown): DockerNetwork[] {
  return read(z.array(networkEntry), answer, 'the list of networks');
}

function read<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw discoveryError('discovery.bad_answer', `this is not ${what} of Docker's API: ${issue?.path.join('.')}: ${issue?.message}`);
}
