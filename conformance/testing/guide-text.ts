// Reading of Markdown guides: their commands, their links and the anchors that links can lead to.

/** A fenced block. */
export interface Fence {
  /** What stands behind the fence: `sh`, `ts` … */
  readonly language: string;
  readonly text: string;
  /** Line of its first line of text, from 1. */
  readonly line: number;
  /** Reason in `<!-- not run: … -->` directly before the block. */
  readonly notRun?: string;
}

/** A link or picture of a guide. */
export interface GuideLink {
  readonly target: string;
  readonly line: number;
}

const NOT_RUN = /^<!-- not run: (.*?) ?-->$/;

/** The fenced blocks of a guide, in order. */
export function fencesOf(markdown: string): readonly Fence[] {
  const fences: Fence[] = [];
  const lines = markdown.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const [, language] = /^```(\w*)$/.exec(lines[i] ?? '') ?? [];
    if (language === undefined) continue;
    const end = lines.indexOf('```', i + 1);
    const before = lines.slice(0, i).findLast((line) => line !== '');
    const notRun = NOT_RUN.exec(before ?? '')?.[1];
    fences.push({ language, text: lines.slice(i + 1, end).join('\n'), line: i + 2, ...(notRun !== undefined && { notRun }) });
    i = end;
  }
  return fences;
}

/** The lines outside of fenced blocks, the others empty, so that numbers stay. */
function prose(markdown: string): readonly string[] {
  let isCode = false;
  return markdown.split('\n').map((line) => {
    if (line.startsWith('```')) isCode = !isCode;
    return isCode || line.startsWith('```') ? '' : line;
  });
}

/** Links and pictures, code left out. */
export function linksOf(markdown: string): readonly GuideLink[] {
  return prose(markdown).flatMap((line, i) =>
    [...line.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)].map(([, target, attribute]) => ({
      target: target ?? attribute ?? '',
      line: i + 1,
    })),
  );
}

/** Anchors of the headings, as GitHub makes them. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of prose(markdown)) {
    const [, heading] = /^#{1,6} (.*)$/.exec(line) ?? [];
    if (heading === undefined) continue;
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = text.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
    let anchor = slug;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${slug}-${i}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Rows of all tables with their cells, without heads and rules; `heading` is the last heading before. */
export function tableRowsOf(
  markdown: string,
): readonly { readonly heading: string; readonly line: number; readonly cells: readonly string[] }[] {
  let heading = '';
  const lines = prose(markdown);
  return lines.flatMap((line, i) => {
    if (/^#{1,6} /.test(line)) heading = line.replace(/^#+ /, '');
    const isHead = /^\|[ :|-]+\|$/.test(lines[i + 1] ?? '');
    if (!line.startsWith('|') || isHead || /^\|[ :|-]+\|$/.test(line)) return [];
    const cells = line.replaceAll('\\|', '\0').slice(1, -1).split('|');
    return [{ heading, line: i + 1, cells: cells.map((cell) => cell.replaceAll('\0', '|').trim()) }];
  });
}
