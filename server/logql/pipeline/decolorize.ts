import type { LineStage } from './pipeline.ts';

// CSI sequences (ESC [ … or the one-character 0x9B), OSC sequences up to BEL or ESC \, and the two-character ones.
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are control characters
const SEQUENCE = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[ -/]*[0-Z\\^-~]/g;

/** `| decolorize`: the line without ANSI escape sequences. */
export function decolorizeStage(): LineStage {
  return (state) => {
    if (state.line.includes('\u001b') || state.line.includes('\u009b')) state.line = state.line.replace(SEQUENCE, '');
    return true;
  };
}
