import { render } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { SafeHtml } from './html.tsx';

describe('SafeHtml', () => {
  it('keeps words and links, and nothing that runs or loads', () => {
    const html = `<h1 onclick="x()">Hi</h1><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">bad</a>
      <a href="/d/x" style="position:fixed">good</a><font color=red>old <b>words</b></font><object data="x"></object><style>b{}</style><svg><a href="/x">s</a></svg>`;
    const { container } = render(<SafeHtml html={html} />);
    expect(container.querySelector('script, img, object, style, svg, [onclick], [style], [onerror]')).toBeNull();
    expect(container.textContent).toContain('old words');
    expect([...container.querySelectorAll('a')].map((link) => link.getAttribute('href'))).toEqual([null, '/d/x']);
  });
});
