import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { Labels } from '../../model/labels.ts';
import { BYTES, tagOf } from '../protobuf/wire-reader.ts';

/** Labels as the field 1 that TimeSeries and ChunkedSeries have in common. */
export function encodeLabels(labels: Labels): Uint8Array {
  const writer = new BinaryWriter();
  for (const [name, value] of labels)
    writer.uint32(tagOf(1, BYTES)).fork().uint32(tagOf(1, BYTES)).string(name).uint32(tagOf(2, BYTES)).string(value).join();
  return writer.finish();
}
