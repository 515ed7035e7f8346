/** Translates a path of a configuration file to one of this machine. */
export type MapPath = (path: string) => string;
