import type { Dashboard, FrameQuery, Panel } from '@alidade/sdk/schema';
import type { PanelWish } from '../../data/frame-feed.ts';
import { panelKind } from '../../panels/registry.ts';

/** Values of the dashboard's variables: name → values. */
export type VariableValues = Readonly<Record<string, readonly string[]>>;

/** Steps of 50 px: a panel that is resized a little asks for nothing new. */
const WIDTH_STEP = 50;

/** What a panel of this width asks for; no queries when its type needs none. */
export function panelWish(panel: Panel, widthPx: number): PanelWish {
  const maxDataPoints = Math.max(100, Math.floor(widthPx / WIDTH_STEP) * WIDTH_STEP);
  if (!panelKind(panel.type).hasQueries) return { queries: [], maxDataPoints };
  return { queries: shownTargets(panel).map(frameQuery), maxDataPoints };
}

/** Targets that are switched on and have an expression. */
export function shownTargets(panel: Panel): Panel['targets'] {
  return panel.targets.filter(({ hide, expr }) => !hide && expr.trim() !== '');
}

function frameQuery({ refId, expr, instant, legendFormat, interval }: Panel['targets'][number]): FrameQuery {
  return { refId, expr, kind: instant ? 'instant' : 'range', legendFormat, ...(interval !== '' && { minStep: interval }) };
}

/** Chosen values: the URL's, else the file's. */
export function variableValues(dashboard: Dashboard, chosen: VariableValues): VariableValues {
  return Object.fromEntries(
    dashboard.variables.map(({ name, current }) => {
      const values = chosen[`var-${name}`];
      return [name, values !== undefined && values.length > 0 ? values : current];
    }),
  );
}

/** Text with `$name`, `${name}`, `${name:format}` and `[[name]]` of known variables filled in, for titles and for Explore. */
export function fillVariables(text: string, values: VariableValues, join: string): string {
  return text.replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)\]\]/g, (whole, braced?: string, plain?: string, bracketed?: string) => {
    const name = braced ?? plain ?? bracketed ?? '';
    const chosen = Object.hasOwn(values, name) ? values[name] : undefined;
    if (chosen === undefined) return whole;
    const texts = chosen.map((value) => (value === '$__all' ? '.+' : value));
    return texts.length === 1 ? (texts[0] ?? '') : join === '|' ? `(${texts.join('|')})` : texts.join(join);
  });
}

/** What to ask exemplars of: the expressions of queries that want them, with a plain window for those that follow the width of the panel. */
export function exemplarExprs(panel: Panel, values: VariableValues): readonly string[] {
  return shownTargets(panel)
    .filter(({ exemplar, instant }) => exemplar === true && !instant)
    .map(({ expr }) =>
      fillVariables(
        expr.replace(/\$(?:__(?:rate_interval|interval|range)(?!\w)|\{__(?:rate_interval|interval|range)\})/g, '5m'),
        values,
        '|',
      ),
    );
}
