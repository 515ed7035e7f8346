import { Component, type ReactNode } from 'react';
import { Button } from './kit/button.tsx';
import { ErrorState } from './kit/states.tsx';

/** Keeps a screen's own failure inside its place: the navigation stays usable. */
export class Guard extends Component<{ children: ReactNode }, { failure: Error | undefined }> {
  override state: { failure: Error | undefined } = { failure: undefined };

  static getDerivedStateFromError(error: unknown): { failure: Error } {
    return { failure: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { failure } = this.state;
    if (failure === undefined) return this.props.children;
    return (
      <ErrorState
        place="page"
        title="This screen failed"
        detail={failure.message}
        cure="Reload the page. If it fails again, the message above and the address of this page say what to report."
        actions={<Button onClick={() => location.reload()}>Reload the page</Button>}
      />
    );
  }
}
