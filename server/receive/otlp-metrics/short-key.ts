import { createHash } from 'node:crypto';
import type { ItemContext } from '../../formats/otlp/export-request.ts';
import type { Attributes } from '../../model/span.ts';
import { attributeText } from './attribute-text.ts';

const MAX_LENGTH = 256;

/** The text itself, or a digest of it when it is long: keys are held by the hundred thousand, and compared for each metric. */
export function shortKey(text: string): string {
  return text.length <= MAX_LENGTH ? text : digest([text]);
}

/** A key of attributes, whatever their order. */
export function attributesKey(attributes: Attributes): string {
  return digest(
    Object.keys(attributes)
      .sort()
      .flatMap((name) => [name, attributeText(attributes[name] ?? '')]),
  );
}

/** A key of resource and scope; `resourceKey` is that of the resource's attributes. */
export function contextKey(resourceKey: string, { scopeName, scopeVersion, scopeAttributes, scopeSchemaUrl, isText }: ItemContext): string {
  return digest([resourceKey, scopeName, scopeVersion, attributesKey(scopeAttributes), scopeSchemaUrl, String(isText)]);
}

function digest(texts: Iterable<string>): string {
  const hash = createHash('sha256');
  // With their lengths, so that other texts are another sequence.
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest('base64');
}
