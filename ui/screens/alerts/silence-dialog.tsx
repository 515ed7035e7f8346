import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type JSX, useDeferredValue, useState } from 'react';
import { messageOf } from '../../data/client.ts';
import type { LabelMap } from '../../data/prometheus.ts';
import { Button, IconButton } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { TextField } from '../../kit/field.tsx';
import { Select } from '../../kit/select.tsx';
import { Status } from '../../kit/status.tsx';
import { useToast } from '../../kit/toast.tsx';
import styles from './alerts.module.css';
import { createSilence, draftProblem, type MatcherDraft, type MatchOperator, matchCountQuery, matchersFor, parseSpan } from './silence.ts';

type Row = MatcherDraft & { readonly id: number };

const OPERATORS: readonly { readonly value: MatchOperator; readonly label: string; readonly hint: string }[] = [
  { value: '=', label: '=', hint: 'is' },
  { value: '!=', label: '!=', hint: 'is not' },
  { value: '=~', label: '=~', hint: 'matches the regular expression' },
  { value: '!~', label: '!~', hint: 'does not match' },
];
const AUTHOR_KEY = 'alidade.silence-author';

/** Creates a silence; `labels` of an alert fill the matchers. */
export function SilenceDialog({ labels, onClose }: { labels: LabelMap; onClose: () => void }): JSX.Element {
  const [rows, setRows] = useState<readonly Row[]>(() => rowsFor(labels));
  const [span, setSpan] = useState('2h');
  const [createdBy, setCreatedBy] = useState(() => localStorage.getItem(AUTHOR_KEY) ?? '');
  const [comment, setComment] = useState('');
  const [isTried, setTried] = useState(false);
  const toast = useToast();
  const client = useQueryClient();
  const draft = { matchers: rows, durationMs: parseSpan(span), createdBy, comment };
  const problem = draftProblem(draft);
  const create = useMutation({
    mutationFn: () => createSilence(draft, Date.now()),
    onSuccess: async () => {
      localStorage.setItem(AUTHOR_KEY, createdBy.trim());
      await client.invalidateQueries({ queryKey: ['silences'] });
      toast('ok', `Silenced for ${span}`);
      onClose();
    },
  });
  const submit = () => {
    setTried(true);
    if (problem === undefined) create.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="New silence"
      text="Notifications of matching alerts are held back. The alerts stay visible."
      width={640}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" icon="mute" disabled={create.isPending} onClick={submit}>
            Silence
          </Button>
        </>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <MatcherRows rows={rows} onChange={setRows} />
        <MatchCount matchers={rows} />
        <div className={styles.formRow}>
          <TextField label="For how long (30m, 2h, 1d)" value={span} onChange={(event) => setSpan(event.target.value)} />
          <TextField label="Created by" value={createdBy} onChange={(event) => setCreatedBy(event.target.value)} />
        </div>
        <TextField label="Why" value={comment} onChange={(event) => setComment(event.target.value)} />
        {isTried && problem !== undefined && (
          <p role="alert">
            <Status tone="bad">{problem}</Status>
          </p>
        )}
        {create.error && (
          <p role="alert">
            <Status tone="bad">The server refused it</Status> {messageOf(create.error)}
          </p>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

function rowsFor(labels: LabelMap): readonly Row[] {
  const matchers = matchersFor(labels);
  const drafts: readonly MatcherDraft[] = matchers.length === 0 ? [{ name: '', operator: '=', value: '' }] : matchers;
  return drafts.map((draft, id) => ({ ...draft, id }));
}

function MatcherRows({ rows, onChange }: { rows: readonly Row[]; onChange: (rows: readonly Row[]) => void }): JSX.Element {
  const change = (id: number, patch: Partial<MatcherDraft>) => onChange(rows.map((row) => (row.id === id ? { ...row, ...patch } : row)));
  const nextId = Math.max(-1, ...rows.map(({ id }) => id)) + 1;
  return (
    <fieldset className={styles.matcherRows}>
      <legend>Alerts with all of these labels</legend>
      {rows.map((row, index) => (
        <div key={row.id} className={styles.matcherRow}>
          <input
            aria-label={`Label ${index + 1}`}
            placeholder="Label"
            value={row.name}
            onChange={(event) => change(row.id, { name: event.target.value })}
          />
          <Select
            hideLabel
            label={`Operator ${index + 1}`}
            value={row.operator}
            options={OPERATORS}
            onChange={(operator) => change(row.id, { operator })}
          />
          <input
            aria-label={`Value ${index + 1}`}
            placeholder="Value"
            value={row.value}
            onChange={(event) => change(row.id, { value: event.target.value })}
          />
          <IconButton icon="close" label="Remove" onClick={() => onChange(rows.filter(({ id }) => id !== row.id))} />
        </div>
      ))}
      <Button small icon="plus" onClick={() => onChange([...rows, { id: nextId, name: '', operator: '=', value: '' }])}>
        Add a label
      </Button>
    </fieldset>
  );
}

function MatchCount({ matchers }: { matchers: readonly MatcherDraft[] }): JSX.Element | null {
  const { data } = useQuery({ ...matchCountQuery(useDeferredValue(matchers)), placeholderData: keepPreviousData });
  if (data === undefined || matchers.every(({ name }) => name.trim() === '')) return null;
  return (
    <Status tone={data === 0 ? 'idle' : 'info'} icon={data === 0 ? 'minor' : 'info'}>
      {data === 0 ? 'No alert of now matches' : data === 1 ? '1 alert of now matches' : `${data} alerts of now match`}
    </Status>
  );
}
