/** Tiles as near to 3 : 2 as the space allows. */
export function tileGrid(
  count: number,
  { width, height }: { width: number; height: number },
  orientation: string,
): { columns: number; rows: number } {
  if (count <= 1) return { columns: 1, rows: 1 };
  if (orientation === 'horizontal') return { columns: 1, rows: count };
  if (orientation === 'vertical') return { columns: count, rows: 1 };
  const options = Array.from({ length: count }, (_, index) => ({ columns: index + 1, rows: Math.ceil(count / (index + 1)) }));
  const shape = ({ columns, rows }: { columns: number; rows: number }) => Math.abs(Math.log(width / columns / (height / rows) / 1.8));
  return options.reduce((best, one) => (shape(one) < shape(best) ? one : best));
}
