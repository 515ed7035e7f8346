// Every view is a URL: a screen declares its query parameters once, each with a codec, and gets typed state.
import { useCallback, useMemo, useRef } from 'react';
import { useLocation, useSearch } from 'wouter';

/** Text of a parameter ⇄ value. `encode` answers undefined for the default, so that it stays out of the URL. */
export interface Codec<T> {
  readonly decode: (texts: readonly string[]) => T;
  readonly encode: (value: T) => readonly string[] | undefined;
}

export type UrlSchema<State> = { readonly [Key in keyof State]: Codec<State[Key]> };

/** Any text. */
export function textParam(fallback = ''): Codec<string> {
  return { decode: ([text]) => text ?? fallback, encode: (value) => (value === fallback ? undefined : [value]) };
}

/** One of a fixed set of words; anything else reads as the fallback. */
export function choiceParam<T extends string>(choices: readonly T[], fallback: T): Codec<T> {
  return {
    decode: ([text]) => choices.find((choice) => choice === text) ?? fallback,
    encode: (value) => (value === fallback ? undefined : [value]),
  };
}

/** A whole number, or undefined. */
export function numberParam(): Codec<number | undefined> {
  return {
    decode: ([text]) => (text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined),
    encode: (value) => (value === undefined ? undefined : [String(value)]),
  };
}

/** true when the parameter is there. */
export function flagParam(): Codec<boolean> {
  return { decode: ([text]) => text !== undefined && text !== 'false', encode: (value) => (value ? ['true'] : undefined) };
}

/** A parameter that may stand several times (`expr=a&expr=b`). */
export function listParam(): Codec<readonly string[]> {
  return { decode: (texts) => texts, encode: (value) => (value.length === 0 ? undefined : value) };
}

/** State from a query string. */
export function decodeSearch<State extends object>(schema: UrlSchema<State>, search: string): State {
  const params = new URLSearchParams(search);
  const entries = keysOf(schema).map((key) => [key, schema[key].decode(params.getAll(String(key)))]);
  return Object.fromEntries(entries) as State;
}

/** Query string with `state` written over what `search` holds; parameters of others are kept. */
export function encodeSearch<State extends object>(schema: UrlSchema<State>, state: Partial<State>, search = ''): string {
  const params = new URLSearchParams(search);
  for (const key of keysOf(schema)) {
    if (!(key in state)) continue;
    params.delete(String(key));
    for (const text of schema[key].encode(state[key] as State[typeof key]) ?? []) params.append(String(key), text);
  }
  return params.toString();
}

/** A link: path and, when there is any state, its query string. */
export function linkTo<State extends object>(path: string, schema: UrlSchema<State>, state: Partial<State>): string {
  const search = encodeSearch(schema, state);
  return search === '' ? path : `${path}?${search}`;
}

/** The screen's state and a function that changes parts of it. `replace` leaves no entry in the browser's history. */
export function useUrlState<State extends object>(
  schema: UrlSchema<State>,
): readonly [State, (patch: Partial<State>, options?: { readonly replace?: boolean }) => void] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const latest = useRef({ search, path });
  latest.current = { search, path };
  const state = useMemo(() => decodeSearch(schema, search), [schema, search]);
  const change = useCallback(
    (patch: Partial<State>, options?: { readonly replace?: boolean }) => {
      const next = encodeSearch(schema, patch, latest.current.search);
      if (next === latest.current.search) return;
      latest.current.search = next;
      navigate(next === '' ? latest.current.path : `${latest.current.path}?${next}`, { replace: options?.replace ?? false });
    },
    [schema, navigate],
  );
  return [state, change];
}

function keysOf<State extends object>(schema: UrlSchema<State>): (keyof State)[] {
  return Object.keys(schema) as (keyof State)[];
}
