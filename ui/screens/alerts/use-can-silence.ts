import { useQuery } from '@tanstack/react-query';
import { silencesQuery } from './silence.ts';

/** True where the server has Alertmanager's API. */
export function useCanSilence(): boolean {
  const { data } = useQuery(silencesQuery());
  return data !== undefined && data !== null;
}
