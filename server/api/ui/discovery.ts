import type { DiscoveryProblem } from '@alidade/sdk/schema';
import type { FastifyInstance } from 'fastify';

/** Adds GET /api/ui/discovery: what service discovery cannot reach or read now. */
export function addDiscoveryRoutes(app: FastifyInstance, problems: () => readonly DiscoveryProblem[]): void {
  app.get('/api/ui/discovery', () => problems());
}
