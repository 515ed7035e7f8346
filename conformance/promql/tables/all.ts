import { DOCUMENT_EXPRESSIONS } from '../../../server/promql/testdata/document-expressions.ts';
import { FEATURE_EXPRESSIONS } from '../../../server/promql/testdata/feature-expressions.ts';
import type { Case } from '../grammar/areas.ts';
import { AGGREGATION_CASES } from './aggregations.ts';
import { CLASSIC_CASES } from './classic.ts';
import { ERROR_CASES } from './errors.ts';
import { INFO_CASES } from './info.ts';
import { INSTANT_CASES } from './instants.ts';
import { MODIFIER_CASES } from './modifiers.ts';
import { NATIVE_CASES } from './native.ts';
import { OPERATOR_CASES } from './operators.ts';
import { RANGE_CASES } from './ranges.ts';
import { cases } from './table.ts';

/** All hand-made expressions. */
export const TABLES: readonly Case[] = [
  ...cases('course documents', DOCUMENT_EXPRESSIONS),
  ...cases('features', FEATURE_EXPRESSIONS),
  ...RANGE_CASES,
  ...INSTANT_CASES,
  ...OPERATOR_CASES,
  ...AGGREGATION_CASES,
  ...MODIFIER_CASES,
  ...CLASSIC_CASES,
  ...INFO_CASES,
  ...NATIVE_CASES,
  ...ERROR_CASES,
];
