import { exposeText, hasNativeHistograms } from './expose.ts';
import { exposeProtobuf } from './expose-protobuf.ts';
import type { PushGroups } from './push-groups.ts';

/** Everything that was pushed, in the text format unless that cannot say it all. */
export interface ExposedPushes {
  readonly body: Uint8Array;
  readonly format: 'text' | 'protobuf';
}

/** Asks for it again and again; written anew only after a push. */
export function createPushExposition(pushes: Pick<PushGroups, 'groups' | 'version'>): () => Promise<ExposedPushes> {
  let version = -1;
  let exposed: ExposedPushes = { body: new Uint8Array(), format: 'text' };
  return async () => {
    if (version === pushes.version) return exposed;
    const { groups } = pushes;
    exposed = hasNativeHistograms(groups)
      ? { body: exposeProtobuf(groups), format: 'protobuf' }
      : { body: exposeText(groups), format: 'text' };
    version = pushes.version;
    return exposed;
  };
}
