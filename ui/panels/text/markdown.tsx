// A small Markdown: headings, paragraphs, lists, quotes, code, rules, emphasis, links. Everything becomes React elements, so no
// text of a file is ever HTML.
import type { JSX, ReactNode } from 'react';

type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly string[] }
  | { readonly kind: 'code' | 'quote' | 'paragraph'; readonly text: string }
  | { readonly kind: 'rule' };

/** Renders Markdown. */
export function Markdown({ text }: { text: string }): JSX.Element {
  return <>{parseBlocks(text).map((block, index) => renderBlock(block, index))}</>;
}

/** Splits into blocks; exported for its test. */
export function parseBlocks(text: string): Block[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (line.trim() === '') at++;
    else if (/^```/.test(line)) {
      const end = lines.findIndex((other, index) => index > at && /^```/.test(other));
      const last = end === -1 ? lines.length : end;
      blocks.push({ kind: 'code', text: lines.slice(at + 1, last).join('\n') });
      at = last + 1;
    } else if (heading) {
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' });
      at++;
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      blocks.push({ kind: 'rule' });
      at++;
    } else {
      const item = ITEM.exec(line);
      const test = item ? ITEM : line.startsWith('>') ? /^>/ : PLAIN;
      const end = lines.findIndex((other, index) => index > at && !test.test(other));
      const part = lines.slice(at, end === -1 ? lines.length : end);
      if (item) blocks.push({ kind: 'list', ordered: /\d/.test(item[1] ?? ''), items: part.map((one) => one.replace(ITEM, '$2')) });
      else if (line.startsWith('>')) blocks.push({ kind: 'quote', text: part.map((one) => one.replace(/^>\s?/, '')).join(' ') });
      else blocks.push({ kind: 'paragraph', text: part.join('\n') });
      at += part.length;
    }
  }
  return blocks;
}

const ITEM = /^\s*([-*+]|\d+[.)])\s+(.*)$/;
const PLAIN = /^(?!\s*$|#{1,6}\s|```|>|\s*(?:[-*+]|\d+[.)])\s)/;

function renderBlock(block: Block, key: number): ReactNode {
  switch (block.kind) {
    case 'heading': {
      const Heading = `h${Math.min(6, block.level + 1)}` as 'h2';
      return (
        <Heading key={key} data-level={block.level}>
          {inline(block.text)}
        </Heading>
      );
    }
    case 'list': {
      const List = block.ordered ? 'ol' : 'ul';
      return (
        <List key={key}>
          {block.items.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: items of a text have no other identity
            <li key={index}>{inline(item)}</li>
          ))}
        </List>
      );
    }
    case 'code':
      return <pre key={key}>{block.text}</pre>;
    case 'quote':
      return <blockquote key={key}>{inline(block.text)}</blockquote>;
    case 'rule':
      return <hr key={key} />;
    case 'paragraph':
      return <p key={key}>{inline(block.text)}</p>;
  }
}

const SPAN =
  /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|_([^_\s][^_]*)_|!?\[([^\]]*)\]\(([^)\s]+)[^)]*\)|(https?:\/\/[^\s<>()]+)| {2}\n/g;

/** Emphasis, code and links inside a line; what is not understood stays as it is. */
export function inline(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const found of text.matchAll(SPAN)) {
    parts.push(text.slice(from, found.index));
    parts.push(renderSpan(found, found.index));
    from = found.index + found[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}

function renderSpan([whole, code, strong, strong2, em, em2, label, target, url]: RegExpMatchArray, key: number): ReactNode {
  if (code !== undefined) return <code key={key}>{code}</code>;
  if (strong !== undefined || strong2 !== undefined) return <strong key={key}>{strong ?? strong2}</strong>;
  if (em !== undefined || em2 !== undefined) return <em key={key}>{em ?? em2}</em>;
  const href = safeLink(target ?? url);
  if (href !== undefined) {
    return (
      <a key={key} href={href} rel="noreferrer noopener">
        {label || href}
      </a>
    );
  }
  return whole === '  \n' ? <br key={key} /> : (label ?? whole);
}

/** Only what a reader would follow: no script addresses. */
export function safeLink(target: string | undefined): string | undefined {
  return target !== undefined && /^(https?:\/\/|mailto:|\/(?!\/)|#)/i.test(target) ? target : undefined;
}
