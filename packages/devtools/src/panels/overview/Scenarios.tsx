/**
 * Scenarios that the host can start: situations made on purpose, to see how the inspector finds them.
 *
 * @module
 */
import type { ReactElement } from "react";
import { Answer, useAnswer } from "../../widgets/Answer.tsx";
import { useConnection, useInspector, useVersion } from "../../widgets/hooks.ts";

interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly what: string;
  readonly expect: string;
  readonly running: boolean;
}

/** See the file's comment; nothing where the host has none. */
export function Scenarios(): ReactElement | null {
  const offered = useConnection((c) => c.commands.some((k) => k.name === "scenario.start"));
  return offered ? <List /> : null;
}

function List(): ReactElement {
  const { commands } = useInspector();
  useVersion(commands);
  // Asked anew after each command, for one of them may have been about this.
  const done = commands.entries.filter((e) => e.state !== "pending").length;
  const asked = useAnswer<readonly Scenario[]>("scenarios", [], done);
  const start = commands.permission("scenario.start");
  const pending = new Set(commands.entries.filter((e) => e.state === "pending").map((e) => e.line));
  return (
    <section className="sk-scenarios" aria-label="Scenarios" data-testid="scenarios">
      <h2>Scenarios</h2>
      <p className="sk-dim">Trouble made on purpose: start one and watch it being found.{start.may ? "" : ` ${start.why}`}</p>
      <Answer of={asked}>
        {(list) => (
          <ul className="sk-scenario-list">
            {list.map((s) => {
              const command = s.running ? "scenario.stop" : "scenario.start";
              return (
                <li key={s.name} className={s.running ? "sk-scenario is-running" : "sk-scenario"} data-testid={`scenario-${s.name}`}>
                  <div>
                    <strong>{s.title}</strong>
                    <p>
                      {s.what} {s.expect === "silent" ? "No alarm." : <>Alarm: {s.expect}.</>}
                    </p>
                  </div>
                  <button
                    type="button"
                    className="sk-button"
                    disabled={!start.may || pending.has(`${command} ${s.name}`)}
                    data-testid={`action-${command}-${s.name}`}
                    onClick={() => void commands.run(command, [s.name], "action")}
                  >
                    {s.running ? "Stop" : "Start"}
                  </button>
                </li>
              );
            })}
          </ul>
        )}
      </Answer>
    </section>
  );
}
