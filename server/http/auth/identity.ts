import type { TokenScope } from '../../config/tokens-file.ts';

/** Who asks, as far as credentials tell. */
export interface Identity {
  /** Of the user or token. */
  readonly name: string;
  readonly scope: TokenScope;
  readonly kind: 'user' | 'token' | 'environment';
}
