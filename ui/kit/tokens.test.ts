// Both themes are readable (WCAG 2.2 AA) and their chart colours can be told apart, also with the three kinds of colour blindness.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

type Rgb = readonly [number, number, number];

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');

/** Tokens of a theme that are plain colours. */
function themeTokens(theme: 'light' | 'dark'): Map<string, Rgb> {
  const block = css.slice(css.indexOf(`[data-theme="${theme}"]`)).split('}')[0] ?? '';
  const found = [...block.matchAll(/--([a-z0-9-]+): #([0-9a-f]{6});/g)];
  return new Map(
    found.map(([, name, hex]) => [name ?? '', [0, 2, 4].map((at) => Number.parseInt(hex?.slice(at, at + 2) ?? '', 16)) as unknown as Rgb]),
  );
}

const linear = (channel: number) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]: Rgb) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);

function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Machado, Oliveira and Fernandes 2009, full strength, on linear light. */
const BLINDNESS: Readonly<Record<string, readonly Rgb[]>> = {
  none: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** OKLab of a colour as it is seen. */
function seen(color: Rgb, matrix: readonly Rgb[]): Rgb {
  const light = color.map(linear) as unknown as Rgb;
  const [r, g, b] = matrix.map((row) => Math.max(0, row[0] * light[0] + row[1] * light[1] + row[2] * light[2])) as unknown as Rgb;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const distance = (a: Rgb, b: Rgb) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

describe.each(['light', 'dark'] as const)('the %s theme', (theme) => {
  const tokens = themeTokens(theme);
  const color = (name: string): Rgb => {
    const found = tokens.get(name);
    if (found === undefined) throw new Error(`tokens.css has no --${name} in ${theme}`);
    return found;
  };
  const grounds = ['page', 'surface', 'raised'];

  it.each(['ink', 'ink-2', 'ink-3', 'brass', 'ok', 'warn', 'bad', 'info', 'idle'])('has readable text in %s (4.5 : 1)', (name) => {
    for (const ground of grounds) expect(contrast(color(name), color(ground)), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['ok', 'warn', 'bad', 'info', 'idle'])('has readable %s badges and ink on its wash', (name) => {
    expect(contrast(color(name), color(`${name}-wash`))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('ink'), color(`${name}-wash`))).toBeGreaterThanOrEqual(4.5);
  });

  it('has readable text on solid grounds, on brass and on hovered rows', () => {
    for (const ground of ['ok-solid', 'warn-solid', 'bad-solid'])
      expect(contrast(color('on-solid'), color(ground)), ground).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('on-brass'), color('brass'))).toBeGreaterThanOrEqual(4.5);
    expect(contrast(color('brass'), color('brass-wash'))).toBeGreaterThanOrEqual(4);
    for (const ink of ['ink', 'ink-2']) expect(contrast(color(ink), color('hover'))).toBeGreaterThanOrEqual(4.5);
  });

  it('has chart colours that stand out from the ground (3 : 1)', () => {
    const names = [...tokens.keys()].filter((name) => /^(series|named)-/.test(name));
    expect(names).toHaveLength(16);
    for (const name of names) expect(contrast(color(name), color('surface')), name).toBeGreaterThanOrEqual(3);
  });

  it.each(Object.keys(BLINDNESS))('has series colours that can be told apart with %s', (kind) => {
    const count = kind === 'none' ? 10 : 8;
    const least = kind === 'none' ? 0.09 : 0.06;
    const lab = Array.from({ length: count }, (_, index) => seen(color(`series-${index + 1}`), BLINDNESS[kind] ?? []));
    lab.forEach((a, first) => {
      lab.slice(first + 1).forEach((b, offset) => {
        expect(distance(a, b), `series-${first + 1} and series-${first + offset + 2}`).toBeGreaterThanOrEqual(least);
      });
    });
  });
});
