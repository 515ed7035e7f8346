import type { Panel } from '@alidade/sdk/schema';
import type { ComponentType } from 'react';
import type { Exemplar } from '../data/exemplars.ts';
import type { Frame } from '../data/frames.ts';
import type { AbsoluteRange } from '../data/time-range.ts';

/** What every panel type is given. It fills its parent and draws nothing but its content: title, errors and menus are around it. */
export interface PanelProps {
  readonly panel: Panel;
  /** Answers of the panel's queries, in their order, without failed ones. Empty for types that need none. */
  readonly frames: readonly Frame[];
  readonly range: AbsoluteRange;
  /** Shared by the panels of a dashboard whose crosshairs go together; undefined = alone. */
  readonly syncKey: string | undefined;
  readonly onZoom: (range: AbsoluteRange) => void;
  /** Of the queries that ask for them; a click on one is told to `onExemplar`. */
  readonly exemplars?: readonly Exemplar[];
  readonly onExemplar?: (exemplar: { readonly traceId: string }) => void;
}

/** One panel type of Grafana. */
export interface PanelKind {
  /** False: the panel asks for its own data, or needs none. */
  readonly hasQueries: boolean;
  /** True: the panel shows no frame around itself. */
  readonly isBare?: boolean;
  readonly Content: ComponentType<PanelProps>;
}
