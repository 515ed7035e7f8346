// Images are those of the table, wherever one is named; Dockerfiles are held to what a linter would say, and their last stage starts.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Copy, type Dockerfile, DockerfileParser, type From, type Instruction } from 'dockerfile-ast';
import { afterAll, describe, expect, it } from 'vitest';
import { IMAGES, type ImageName, imageOf } from '../../sdk/deploy/images.ts';
import { DEPLOY, deployPaths } from '../testing/deploy-files.ts';
import { buildContext, copyInto } from '../testing/docker-context.ts';
import { freePort, root, run, until } from '../testing/processes.ts';

const known = new Set((Object.keys(IMAGES) as ImageName[]).map(imageOf));
const DOCKERFILES = ['alidade.Dockerfile', 'prediction-api.Dockerfile'];
const read = (file: string): Dockerfile => DockerfileParser.parse(readFileSync(join(DEPLOY, 'docker', file), 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'alidade-images-'));
// Of the long form some gigabytes.
afterAll(() => rmSync(scratch, { recursive: true, force: true }), 300_000);

it('are those of the table, or ours', () => {
  const ours = /^ghcr\.io\/example\/(alidade|prediction-api):[\d.]+$/;
  const named = [...deployPaths('kubernetes'), ...deployPaths('compose')]
    .filter((path) => path.endsWith('.yaml'))
    .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/^\s+(?:- )?image: "?([^\s"]+)"?$/gm)].map(([, image]) => image ?? ''));
  expect(new Set(named).size).toBeGreaterThan(14);
  expect(named.filter((image) => !known.has(image) && !ours.test(image))).toEqual([]);
  for (const { tag, support, source } of Object.values(IMAGES)) {
    expect(tag).toMatch(/^v?\d+\.\d+/);
    expect(support).not.toBe('');
    expect(source).toMatch(/^https:/);
  }
});

describe.each(DOCKERFILES)('%s', (file) => {
  const dockerfile = read(file);
  const instructions = dockerfile.getInstructions();
  const stages = stagesOf(instructions);
  const last = stages.at(-1) ?? [];
  const of = (stage: readonly Instruction[], keyword: string) => stage.filter((one) => one.getKeyword() === keyword);

  it('has several stages on the pinned image, and ends as nobody with a health check', () => {
    expect(stages.length).toBeGreaterThan(2);
    const names = new Set(dockerfile.getFROMs().flatMap((from) => from.getBuildStage() ?? []));
    for (const from of dockerfile.getFROMs()) {
      const image = from.getImage() ?? '';
      if (!names.has(image)) expect(known).toContain(image);
    }
    expect(of(last, 'USER').map((one) => one.getArgumentsContent())).toEqual([expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/)]);
    expect(of(last, 'HEALTHCHECK').length).toBe(1);
    expect(of(last, 'EXPOSE').length).toBe(1);
    for (const keyword of ['ENTRYPOINT', 'CMD']) {
      for (const one of of(last, keyword)) expect(() => JSON.parse(one.getArgumentsContent() ?? '')).not.toThrow();
    }
    expect(instructions.filter((one) => ['ADD', 'MAINTAINER'].includes(one.getKeyword()))).toEqual([]);
    for (const one of of(instructions, 'RUN')) expect(one.getArgumentsContent()).not.toMatch(/sudo|apt-get upgrade|curl .*\| *sh/);
    for (const one of of(last, 'RUN')) expect(one.getArgumentsContent()).not.toMatch(/npm/);
    for (const one of [...of(instructions, 'ENV'), ...of(instructions, 'ARG')])
      expect(one.getArgumentsContent()).not.toMatch(/TOKEN|PASSWORD|SECRET/);
  });

  it('copies what is in the context and what stages before have', () => {
    const context = buildContext();
    const names = new Set(dockerfile.getFROMs().flatMap((from) => from.getBuildStage() ?? []));
    for (const one of of(instructions, 'COPY')) {
      const from = (one as Copy).getFromFlag()?.getValue();
      const sources = (one.getArgumentsContent() ?? '').split(/\s+/).slice(0, -1);
      if (from !== undefined) expect(names).toContain(from);
      else expect(sources.filter((source) => !context.some((path) => path === source || path.startsWith(`${source}/`)))).toEqual([]);
    }
  });
});

it('have a context without what is built, tested or secret', () => {
  const context = buildContext();
  expect(context.length).toBeGreaterThan(300);
  expect(context.filter((path) => /(^|\/)(node_modules|dist|testdata|\.git|\.cache|secrets|\.env)(\/|$)|\.test\.tsx?$/.test(path))).toEqual(
    [],
  );
});

describe('the last stage starts', () => {
  it('of Alidade, with what it copies and nothing else', async () => {
    const app = lastStage('alidade.Dockerfile');
    const port = await freePort();
    const address = `--listen=127.0.0.1:${port}`;
    const server = run(join(app, 'server/bin/alidade'), [
      'up',
      join(app, 'etc'),
      address,
      '--otlp-grpc=off',
      '--otlp-http=off',
      `--data=${app}/data`,
    ]);
    try {
      await until('ready', () => isWell(app, `http://127.0.0.1:${port}/-/ready`), 30_000, 300);
    } catch (error) {
      throw new Error(server.output(), { cause: error });
    } finally {
      await server.stop();
    }
  });

  it('of the prediction API, and its health check says when it is gone', async () => {
    const app = lastStage('prediction-api.Dockerfile');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/health`;
    const service = run(process.execPath, [join(app, 'dist/main.js')], {
      PORT: String(port),
      HOST: '127.0.0.1',
      OTEL_SDK_DISABLED: 'true',
    });
    try {
      await until('healthy', () => isWell(app, url), 30_000, 300);
    } catch (error) {
      throw new Error(service.output(), { cause: error });
    } finally {
      await service.stop();
    }
    expect(await isWell(app, url)).toBe(false);
  });
});

// Minutes, and the registry: what a machine with Docker would do in its place.
describe.skipIf(!process.env.ALIDADE_FULL)('all stages are built as Docker would', () => {
  it.each(DOCKERFILES)(
    '%s',
    async (file) => {
      const context = buildContext();
      for (const stage of ['build', 'packages']) {
        const folder = join(scratch, `${file}-${stage}`);
        mkdirSync(folder);
        for (const one of stageWithBase(file, stage)) {
          const words = (one.getArgumentsContent() ?? '').split(/\s+/);
          if (one.getKeyword() === 'RUN')
            await promisify(execFile)('sh', ['-c', one.getArgumentsContent() ?? ''], { cwd: folder, maxBuffer: 16e6 });
          if (one.getKeyword() !== 'COPY') continue;
          for (const source of words.slice(0, -1)) {
            const found = context.filter((path) => path === source || path.startsWith(`${source}/`));
            for (const path of found) copyInto(join(root, path), folder, path === source ? (words.at(-1) ?? '') : path, path);
          }
        }
        const made =
          stage === 'packages'
            ? 'node_modules/fastify/package.json'
            : file.startsWith('alidade')
              ? 'server/dist/main.js'
              : 'examples/prediction-api/dist/main.js';
        expect(existsSync(join(folder, made)), made).toBe(true);
      }
    },
    600_000,
  );
});

/** The instructions of a named stage and of the one that it begins with. */
function stageWithBase(file: string, name: string): readonly Instruction[] {
  const stages = stagesOf(read(file).getInstructions());
  const named = (wanted: string) => stages.find(([from]) => (from as From).getBuildStage() === wanted) ?? [];
  return [...named('base'), ...named(name)];
}

/** The last stage's folder, from what is built in this checkout; node_modules is a link to ours, which has more in it. */
function lastStage(file: string): string {
  const app = join(scratch, file);
  mkdirSync(join(app, 'etc'), { recursive: true });
  const copies = (stagesOf(read(file).getInstructions()).at(-1) ?? []).filter((one) => one.getKeyword() === 'COPY');
  for (const one of copies) {
    const words = (one.getArgumentsContent() ?? '').split(/\s+/);
    const target = words.at(-1) ?? '';
    for (const source of words.slice(0, -1).map((word) => word.replace(/^\/src\//, ''))) {
      if (source === 'node_modules') symlinkSync(join(root, 'node_modules'), join(app, 'node_modules'));
      else copyInto(join(root, source), app, target, source);
    }
  }
  expect(existsSync(join(app, 'healthcheck.mjs'))).toBe(true);
  return app;
}

async function isWell(app: string, url: string): Promise<boolean> {
  const check = run(process.execPath, [join(app, 'healthcheck.mjs'), url]);
  return (await new Promise((resolve) => check.child.once('exit', resolve))) === 0;
}

function stagesOf(instructions: readonly Instruction[]): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const one of instructions) {
    if (one.getKeyword() === 'FROM') stages.push([]);
    stages.at(-1)?.push(one);
  }
  return stages;
}
