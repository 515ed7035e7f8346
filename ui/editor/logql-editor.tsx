import type { JSX } from 'react';
import { QueryEditor, type QueryEditorProps } from './query-editor.tsx';

const load = () => import('./logql.ts');

/** The editor of a LogQL query. */
export function LogqlEditor(props: QueryEditorProps): JSX.Element {
  return <QueryEditor {...props} load={load} />;
}
