/**
 * Keeps an error of one panel from taking down the shell.
 *
 * @module
 */
import { Component } from "react";
import type { ReactNode } from "react";
import { StatePage } from "../widgets/PanelStates.tsx";

interface Properties {
  readonly name: string;
  readonly children: ReactNode;
}

/** See the file's comment. */
export class PanelBoundary extends Component<Properties, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <section className="sk-panel">
        <StatePage
          id="error"
          tone="err"
          title={`${this.props.name} has failed`}
          actions={
            <button type="button" className="sk-button sk-primary" onClick={() => this.setState({ error: undefined })}>
              Try again
            </button>
          }
        >
          <p>This is a fault of the inspector, not of the host. The other panels still work.</p>
          <p className="sk-code">{error.message}</p>
        </StatePage>
      </section>
    );
  }
}
