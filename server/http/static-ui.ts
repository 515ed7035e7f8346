// The built UI: hashed assets for ever, index.html for every path of the UI's own router.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** What the kernel serves to browsers. */
export interface UiFiles {
  register(app: FastifyInstance): Promise<void>;
  /** index.html, or a page that says how to get the UI when it has not been built. */
  answerPage(reply: FastifyReply): FastifyReply;
}

/** Opens the folder of the built UI; without one, or without index.html in it, pages say that the UI is missing. */
export async function openUi(uiDir: string | undefined): Promise<UiFiles> {
  const html = uiDir === undefined ? undefined : await readFile(join(uiDir, 'index.html'), 'utf8').catch(() => undefined);
  if (uiDir === undefined || html === undefined) return missingUi();
  const policy = contentSecurityPolicy(html);
  const answerPage = (reply: FastifyReply) =>
    reply
      .headers({ 'Cache-Control': 'no-cache', 'Content-Security-Policy': policy, 'Referrer-Policy': 'same-origin' })
      .type('text/html; charset=utf-8')
      .send(html);
  return {
    answerPage,
    async register(app) {
      app.get('/', (_request, reply) => answerPage(reply));
      app.get('/index.html', (_request, reply) => answerPage(reply));
      await app.register(fastifyStatic, {
        root: uiDir,
        index: false,
        decorateReply: false,
        cacheControl: false,
        setHeaders: (reply, path) => void reply.header('Cache-Control', cacheControlOf(path)),
      });
    },
  };
}

function missingUi(): UiFiles {
  const page =
    '<!doctype html><meta charset="utf-8"><title>Alidade</title><body style="font:15px system-ui;margin:4rem auto;max-width:40rem">' +
    '<h1>The web interface has not been built</h1><p>The server runs and its APIs answer. In a clone, <code>npm run build</code> ' +
    'builds the interface; restart the server afterwards.</p><p><a href="/metrics">/metrics</a> · <a href="/api/v1/targets">targets</a></p>';
  const answerPage = (reply: FastifyReply) => reply.code(503).type('text/html; charset=utf-8').send(page);
  return {
    answerPage,
    async register(app) {
      app.get('/', (_request, reply) => answerPage(reply));
    },
  };
}

// Vite puts a hash into the names of everything below assets/.
function cacheControlOf(path: string): string {
  return /[\\/]assets[\\/]/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** Only our own code runs; inline scripts that the build wrote into the page are allowed by their hash. */
function contentSecurityPolicy(html: string): string {
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, code]) => code as string);
  const hashes = inline.map((code) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`);
  return [
    "default-src 'self'",
    ["script-src 'self'", ...hashes].join(' '),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}
