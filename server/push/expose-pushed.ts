import { exposeText, hasNativeHistograms } from './expose.ts';
import { exposeProtobuf } from './expose-protobuf.ts';
import type { PushGroup } from './push-groups.ts';

/** Everything that was pushed, in the text format unless that cannot say it all. */
export function exposePushed(groups: readonly PushGroup[]): { readonly body: Uint8Array; readonly format: 'text' | 'protobuf' } {
  return hasNativeHistograms(groups) ? { body: exposeProtobuf(groups), format: 'protobuf' } : { body: exposeText(groups), format: 'text' };
}
