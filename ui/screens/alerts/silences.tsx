import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { messageOf } from '../../data/client.ts';
import { dateTimeText } from '../../format/date.ts';
import { formatAgo } from '../../format/duration.ts';
import { searchTest } from '../../format/search.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { EmptyState, ErrorState, LoadingState } from '../../kit/states.tsx';
import { Status, type Tone } from '../../kit/status.tsx';
import { Table } from '../../kit/table.tsx';
import { useToast } from '../../kit/toast.tsx';
import styles from './alerts.module.css';
import { expireSilence, operatorOf, type Silence, silencesQuery } from './silence.ts';
import { SilenceDialog } from './silence-dialog.tsx';

const STATES: Readonly<Record<Silence['status']['state'], { readonly tone: Tone; readonly word: string }>> = {
  active: { tone: 'info', word: 'Active' },
  pending: { tone: 'idle', word: 'Not yet' },
  expired: { tone: 'idle', word: 'Expired' },
};

/** All silences, with a way to create and to end them. */
export function Silences({ search }: { search: string }): JSX.Element {
  const { data, error, dataUpdatedAt: nowMs, refetch } = useQuery(silencesQuery());
  const [isCreating, setCreating] = useState(false);
  const [ending, setEnding] = useState<Silence>();
  if (data === undefined) {
    if (error === null) return <LoadingState place="page" label="Loading silences" />;
    return (
      <ErrorState
        place="page"
        title="The silences cannot be shown"
        detail={messageOf(error)}
        actions={<Button onClick={() => void refetch()}>Try again</Button>}
      />
    );
  }
  if (data === null) {
    return (
      <EmptyState place="page" title="There is nobody to silence">
        Silences hold back notifications. This server sends none: put an <code>alertmanager.yml</code> beside prometheus.yml first.
      </EmptyState>
    );
  }
  const isFound = searchTest(search);
  const shown = data.filter((silence) => isFound(silenceText(silence)));
  return (
    <>
      <div className={styles.filter}>
        <Button look="primary" icon="plus" onClick={() => setCreating(true)}>
          New silence
        </Button>
      </div>
      {data.length === 0 ? (
        <EmptyState title="No silences">
          A silence holds back the notifications of matching alerts for a while, during a deployment for example. The alerts stay visible
          here.
        </EmptyState>
      ) : shown.length === 0 ? (
        <EmptyState title="No silence matches">Looked for “{search}” in matchers, comments and names.</EmptyState>
      ) : (
        <Table
          label="Silences"
          height={shown.length >= 150 ? 720 : 100_000}
          rows={shown}
          rowKey={({ id }) => id}
          columns={[
            { id: 'state', head: 'State', width: '110px', sortBy: ({ status }) => status.state, cell: State },
            { id: 'matchers', head: 'Silences alerts with', cell: Matchers },
            { id: 'comment', head: 'Why', cell: Comment },
            {
              id: 'ends',
              head: 'Ends',
              width: '130px',
              sortBy: ({ endsAt }) => Date.parse(endsAt),
              cell: (silence) => <Ends silence={silence} nowMs={nowMs} />,
            },
            {
              id: 'actions',
              head: '',
              width: '100px',
              align: 'end',
              cell: (silence) =>
                silence.status.state !== 'expired' && (
                  <Button small look="quiet" onClick={() => setEnding(silence)}>
                    Expire
                  </Button>
                ),
            },
          ]}
        />
      )}
      {isCreating && <SilenceDialog labels={{}} onClose={() => setCreating(false)} />}
      {ending && <ExpireDialog silence={ending} onClose={() => setEnding(undefined)} />}
    </>
  );
}

function State({ status }: Silence): JSX.Element {
  const { tone, word } = STATES[status.state];
  return (
    <Status tone={tone} icon={status.state === 'active' ? 'mute' : status.state === 'pending' ? 'pending' : 'minor'}>
      {word}
    </Status>
  );
}

function Matchers({ matchers }: Silence): JSX.Element {
  return (
    <span className={styles.matchers}>
      {matchers.map((matcher) => (
        <code key={`${matcher.name}${operatorOf(matcher)}${matcher.value}`}>
          {matcher.name}
          {operatorOf(matcher)}"{matcher.value}"
        </code>
      ))}
    </span>
  );
}

function Comment({ comment, createdBy }: Silence): JSX.Element {
  return (
    <>
      {comment || <span className={styles.quiet}>no comment</span>} <span className={styles.quiet}>{createdBy && `by ${createdBy}`}</span>
    </>
  );
}

function Ends({ silence: { endsAt, startsAt, status }, nowMs }: { silence: Silence; nowMs: number }): JSX.Element {
  const timeMs = Date.parse(status.state === 'pending' ? startsAt : endsAt);
  return (
    <time dateTime={endsAt} title={`${dateTimeText(Date.parse(startsAt))} to ${dateTimeText(Date.parse(endsAt))}`}>
      {status.state === 'pending' && 'begins '}
      {formatAgo(timeMs, nowMs)}
    </time>
  );
}

function ExpireDialog({ silence, onClose }: { silence: Silence; onClose: () => void }): JSX.Element {
  const toast = useToast();
  const client = useQueryClient();
  const expire = useMutation({
    mutationFn: () => expireSilence(silence.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['silences'] });
      toast('ok', 'The silence has ended. Matching alerts notify again.');
      onClose();
    },
    onError: (error) => toast('bad', `The silence could not be ended: ${messageOf(error)}`),
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title="Expire this silence?"
      text="Matching alerts notify again at once. An expired silence cannot be revived."
      foot={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" disabled={expire.isPending} onClick={() => expire.mutate()}>
            Expire
          </Button>
        </>
      }
    >
      <Matchers {...silence} />
    </Dialog>
  );
}

function silenceText({ matchers, comment, createdBy, status }: Silence): string {
  return `${matchers.map(({ name, value }) => `${name}=${value}`).join(' ')} ${comment} ${createdBy} ${status.state}`;
}
