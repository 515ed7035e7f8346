// HTML of a dashboard file, through an allow-list into React elements: no scripts, no styles, no handlers, no foreign images.
import { createElement, Fragment, type JSX, type ReactNode } from 'react';
import { safeLink } from './markdown.tsx';

const ALLOWED = new Set(
  'a abbr b blockquote br caption code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i kbd li ol p pre s small span strong sub sup table tbody td tfoot th thead tr u ul center'.split(
    ' ',
  ),
);
const DROPPED = new Set(['script', 'style', 'iframe', 'object', 'embed', 'template', 'noscript', 'svg', 'math', 'link', 'meta']);
const VOID = new Set(['br', 'hr']);

/** Renders the allowed part of an HTML text; unknown elements leave their text behind. */
export function SafeHtml({ html }: { html: string }): JSX.Element {
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  return <>{children(body)}</>;
}

function children(node: Node): ReactNode[] {
  return [...node.childNodes].map((child, index) => render(child, index));
}

function render(node: Node, key: number): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (node.nodeType !== Node.ELEMENT_NODE) return null;
  const element = node as Element;
  const name = element.tagName.toLowerCase();
  if (DROPPED.has(name)) return null;
  if (VOID.has(name)) return createElement(name, { key });
  if (!ALLOWED.has(name) || name === 'center') return <Fragment key={key}>{children(element)}</Fragment>;
  const href = name === 'a' ? safeLink(element.getAttribute('href') ?? undefined) : undefined;
  return createElement(name, { key, ...(href && { href, rel: 'noreferrer noopener' }) }, ...children(element));
}
