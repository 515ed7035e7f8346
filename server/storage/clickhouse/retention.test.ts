import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../model/labels.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { compileMatcher } from '../../model/matcher.ts';
