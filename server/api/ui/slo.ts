import type { SloDetail, SloList } from '@alidade/sdk/schema';
import type { FastifyInstance } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import type { SloBook } from '../../slo/slo-book.ts';

/** Adds GET /api/ui/slo and GET /api/ui/slo/:service/:name. */
export function addSloRoutes(app: FastifyInstance, slos: SloBook): void {
  app.get('/api/ui/slo', async (): Promise<SloList> => ({ objectives: await slos.list() }));
  app.get<{ Params: { service: string; name: string } }>(
    '/api/ui/slo/:service/:name',
    async ({ params }, reply): Promise<SloDetail> => await slos.detail(params.service, params.name, abortOnDisconnect(reply)),
  );
}
