import type { JSX } from 'react';
import { QueryEditor, type QueryEditorProps } from './query-editor.tsx';

const load = () => import('./promql.ts');

/** The editor of a PromQL expression. */
export function PromqlEditor(props: QueryEditorProps): JSX.Element {
  return <QueryEditor {...props} load={load} />;
}
