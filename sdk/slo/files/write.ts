import { stringify } from 'yaml';
import type { Slo } from '../../schema/slo.ts';
import { openSloDocument } from './openslo-write.ts';
import { pyrraDocument } from './pyrra.ts';
import type { SloFormat } from './read.ts';
import { slothDocument } from './sloth.ts';

/** Objectives as text, and in words what the format has no place for. */
export interface WrittenSlos {
  readonly text: string;
  readonly lost: readonly string[];
}

/** Writes objectives in one of the formats; several become several YAML documents, of Sloth one for each service. */
export function writeSlos(slos: readonly Slo[], format: SloFormat): WrittenSlos {
  const written = format === 'sloth' ? writeSloth(slos) : slos.map(format === 'openslo' ? openSloDocument : pyrraDocument);
  const documents = written.flatMap(({ document }) => (document === undefined ? [] : [document]));
  return {
    text: documents.map((document) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n'),
    lost: written.flatMap(({ lost }) => lost),
  };
}

function writeSloth(slos: readonly Slo[]): { document: object; lost: string[] }[] {
  const services = [...new Set(slos.map(({ service }) => service))];
  return services.map((service) =>
    slothDocument(
      service,
      slos.filter((slo) => slo.service === service),
    ),
  );
}
