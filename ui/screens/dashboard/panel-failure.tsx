import type { Panel } from '@alidade/sdk/schema';
import type { JSX, ReactNode } from 'react';
import type { Frame } from '../../data/frames.ts';
import { ErrorState } from '../../kit/states.tsx';

/** In place of a picture: which query failed, its message, and what to do about it. */
export function PanelFailure({
  panel,
  failed,
  error,
  file,
  isSmall,
}: {
  panel: Panel;
  failed: Frame | undefined;
  error: string | undefined;
  file: string;
  isSmall: boolean;
}): JSX.Element {
  const code = failed?.error?.code ?? 'request';
  const which = failed !== undefined && panel.targets.length > 1 ? `Query ${failed.refId} failed` : 'The query failed';
  const cure = cureOf(code, file);
  return (
    <ErrorState
      place="fill"
      title={failed === undefined ? 'No answer' : which}
      detail={failed?.error?.message ?? error ?? 'The server gave no reason'}
      {...(!isSmall && { cure })}
    />
  );
}

function cureOf(code: string, file: string): ReactNode {
  if (/bad_data|parse/.test(code))
    return file === '' ? (
      'Mend the expression in the dashboard’s file.'
    ) : (
      <>
        Mend the expression in <code>{file}</code>; it is read again by itself.
      </>
    );
  if (/timeout|cancel|limit|too_many/.test(code)) return 'Choose a shorter time range, or narrow the query with labels.';
  if (code === 'request') return 'It is asked again at the next refresh.';
  return 'Try the query in Explore, from the panel’s menu.';
}
