// Every service has the same colour on every screen, as far as there are colours: its name chooses one, those in a view share only when they must.
import { SERIES_COLORS, seriesColor } from './color.ts';

/** Colours by service. A colour that is taken gives way to the next free one, in the order of the names. */
export function serviceColors(services: Iterable<string>): ReadonlyMap<string, string> {
  const names = [...new Set(services)].sort();
  const taken = new Set<number>();
  return new Map(
    names.map((name) => {
      const own = hash(name) % SERIES_COLORS;
      let color = own;
      for (let step = 0; step < SERIES_COLORS && taken.has(color) && taken.size < SERIES_COLORS; step++)
        color = (own + step) % SERIES_COLORS;
      taken.add(color);
      return [name, seriesColor(color)];
    }),
  );
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}
