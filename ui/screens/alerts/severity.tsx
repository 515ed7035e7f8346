import type { JSX } from 'react';
import { Status, severityTone } from '../../kit/status.tsx';

/** The severity label of a rule or an alert. */
export function Severity({ severity }: { severity: string }): JSX.Element | null {
  if (severity === '') return null;
  return (
    <Status badge tone={severityTone(severity)}>
      {severity}
    </Status>
  );
}
