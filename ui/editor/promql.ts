// PromQL in the editor. Loaded by promql-editor.tsx, imported by nobody else.
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { type CreateEditor, createLanguageEditor } from './codemirror.ts';
import { createCompletionClient } from './completion-client.ts';

/** Mounts an editor for PromQL. */
export const createEditor: CreateEditor = (options) => {
  const client = createCompletionClient(options.window);
  const promql = new PromQLExtension().setComplete({ remote: client });
  const destroy = () => {
    promql.destroy();
    client.destroy();
  };
  return createLanguageEditor(options, { extension: promql.asExtension(), destroy });
};
