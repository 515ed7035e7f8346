import type { JSX } from 'react';
import type { PanelKind, PanelProps } from '../panel-kind.ts';
import { optionText } from '../panel-series.ts';
import { SafeHtml } from './html.tsx';
import { Markdown } from './markdown.tsx';
import styles from './text.module.css';

/** Words of the dashboard's author: Markdown, HTML or code. */
export const textPanel: PanelKind = { hasQueries: false, Content: TextPanel };

function TextPanel({ panel }: PanelProps): JSX.Element {
  const content = optionText(panel.options, 'content', '');
  const mode = optionText(panel.options, 'mode', 'markdown');
  return (
    <div className={styles.text}>
      {mode === 'html' ? <SafeHtml html={content} /> : mode === 'code' ? <pre>{content}</pre> : <Markdown text={content} />}
    </div>
  );
}
