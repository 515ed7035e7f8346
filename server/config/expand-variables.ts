const REFERENCE = /\$(?:\{([^}]*)\}|(\w+)|(\$))/g;

/** Replaces `$NAME` and `${NAME}` as Go's `os.Expand` over the environment does; `$$` is a dollar sign, unset variables are empty and reported. */
export function expandVariables(text: string, env: NodeJS.ProcessEnv, onMissing: (name: string) => void): string {
  return text.replace(REFERENCE, (_whole, braced: string | undefined, bare: string | undefined, dollar: string | undefined) => {
    if (dollar !== undefined || braced === '$') return '$';
    const name = braced ?? bare ?? '';
    const value = env[name] ?? '';
    if (value === '') onMissing(name);
    return value;
  });
}
