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

/** What browsers say when code that is fetched later does not come: Chromium, Firefox, Safari, and the styles that go with it. */
const NOT_FETCHED = /dynamically imported module|Importing a module script failed|Unable to preload/i;

/** See the file's comment. */
export class PanelBoundary extends Component<Properties, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    // A browser remembers that it could not fetch a part; trying again would promise too much.
    if (NOT_FETCHED.test(error.message))
      return (
        <section className="sk-panel">
          <StatePage id="error" tone="err" title={`${this.props.name} could not be loaded`}>
            <p>The server of this page does not answer, and this panel had not been opened before. Load the page again when it is back.</p>
            <p>Panels that were opened still show what was known.</p>
          </StatePage>
        </section>
      );
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
