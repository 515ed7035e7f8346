const AWAY_PX = 16;
const EDGE_PX = 8;

/** Puts a tooltip (position: fixed) beside a point of the window, inside the window. */
export function placeTooltip(element: HTMLElement | null, point: { readonly left: number; readonly top: number }): void {
  if (element === null) return;
  const { width, height } = element.getBoundingClientRect();
  const left = point.left + AWAY_PX + width > innerWidth - EDGE_PX ? point.left - AWAY_PX - width : point.left + AWAY_PX;
  const top = Math.min(Math.max(EDGE_PX, point.top - height / 2), innerHeight - height - EDGE_PX);
  element.style.transform = `translate(${Math.round(Math.max(EDGE_PX, left))}px, ${Math.round(top)}px)`;
}
