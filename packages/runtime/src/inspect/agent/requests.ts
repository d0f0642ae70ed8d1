/**
 * Carries out what clients ask for: questions and commands, with the caller's rights checked here and nowhere else.
 *
 * Knows nothing of links. Whatever a client asks for, it gets exactly one answer.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { AgentErrorCode, DoFrame, GetFrame } from "../frames.ts";
import type { Alert, Caller, HostCommand, InspectSource } from "../source.ts";
import type { Connection } from "./connection.ts";
import { limits } from "./limits.ts";

/** Why a request was refused. */
class Refusal extends Error {
  readonly code: AgentErrorCode;
  constructor(code: AgentErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The requests of all clients of one agent. */
export class Requests {
  readonly #source: InspectSource;
  readonly #clock: Clock;
  readonly #audit: (alert: Alert, line: string) => void;
  readonly #windows = new WeakMap<Connection, { from: number; count: number }>();
  #audits = 0;

  /** @param audit - Told of each command that needs more than the scope `read`, after it ended or was refused. */
  constructor(source: InspectSource, clock: Clock, audit: (alert: Alert, line: string) => void) {
    this.#source = source;
    this.#clock = clock;
    this.#audit = audit;
  }

  /** Begins to carry out a request; the answer follows over the connection. */
  begin(connection: Connection, frame: GetFrame | DoFrame): void {
    const from = this.#clock.now();
    const answer = (part: { ok: true; value: unknown } | { ok: false; code: AgentErrorCode; msg: string }): void => {
      const us = Math.round((this.#clock.now() - from) * 1000);
      const { rid } = frame;
      const refused = part.ok ? {} : { code: part.code, msg: part.msg };
      // A command that returns nothing has no result, rather than one that is nothing: MessagePack has no word for that.
      const given = part.ok && part.value !== undefined;
      if (frame.type === "get") connection.send({ type: "res", rid, ok: part.ok, ...(given ? { body: part.value } : refused) });
      else connection.send({ type: "done", rid, ok: part.ok, us, ...(given ? { result: part.value } : refused) });
    };
    let command: HostCommand | undefined;
    let ran = false;
    const end = (part: Parameters<typeof answer>[0]): void => {
      if (command !== undefined && command.scope !== "read")
        this.#tell(connection, command, frame as DoFrame, ran, part.ok ? "ok" : `${part.code}: ${part.msg}`);
      answer(part);
    };
    let over = false;
    const settle = (part: Parameters<typeof answer>[0]): void => {
      if (over) return;
      over = true;
      this.#clock.cancel(patience);
      connection.requests--;
      end(part);
    };
    connection.requests++;
    const patience = this.#clock.after(limits.requestMs, () =>
      settle({
        ok: false,
        code: "TIMEOUT",
        msg: `no answer came within ${limits.requestMs / 1000} s; what was asked for may still happen`,
      }),
    );
    try {
      if (connection.requests > limits.requests)
        throw new Refusal("LIMIT", `${limits.requests} requests of this client wait for an answer already`);
      let value: unknown;
      if (frame.type === "get") value = this.#ask(connection, frame);
      else {
        command = this.#command(connection, frame);
        this.#permit(connection, command, frame);
        ran = true;
        const caller: Caller = { scopes: connection.scopes, ...(frame.confirm === undefined ? {} : { confirm: frame.confirm }) };
        value = command.run(frame.args ?? [], caller);
      }
      if (isPromise(value))
        value.then(
          (result) => settle({ ok: true, value: result }),
          (error: unknown) => settle(failure(error)),
        );
      else settle({ ok: true, value });
    } catch (error) {
      settle(failure(error));
    }
  }

  #ask(connection: Connection, frame: GetFrame): unknown {
    const { questions = {} } = this.#source;
    if (!connection.scopes.includes("read"))
      throw new Refusal("FORBIDDEN", "questions need the scope read, which this token does not grant");
    if (!Object.hasOwn(questions, frame.what))
      throw new Refusal(
        "UNKNOWN",
        `this host cannot be asked for "${frame.what}"; it knows: ${Object.keys(questions).join(", ") || "nothing"}`,
      );
    return questions[frame.what]!(frame.args ?? [], { scopes: connection.scopes });
  }

  #command(connection: Connection, frame: DoFrame): HostCommand {
    const window = this.#windows.get(connection) ?? { from: -Infinity, count: 0 };
    this.#windows.set(connection, window);
    const now = this.#clock.now();
    if (now - window.from >= 1000) Object.assign(window, { from: now, count: 0 });
    if (++window.count > limits.commandsPerSecond)
      throw new Refusal("LIMIT", `more than ${limits.commandsPerSecond} commands came within one second`);
    const command = this.#source.commands?.find((c) => c.name === frame.cmd);
    if (command === undefined) throw new Refusal("UNKNOWN", `this host has no command "${frame.cmd}"; help lists what there is`);
    if (command.unavailable !== undefined)
      throw new Refusal("UNAVAILABLE", `${command.name} is not available here: ${command.unavailable}`);
    return command;
  }

  /** A command wants its scope; what can do harm on a production host wants the target's name typed as well. */
  #permit(connection: Connection, command: HostCommand, frame: DoFrame): void {
    if (!connection.scopes.includes(command.scope))
      throw new Refusal("FORBIDDEN", `${command.name} needs the scope ${command.scope}, which this connection does not have`);
    if (command.confirm !== true || this.#source.host().label !== "prod") return;
    const wanted = command.confirmation?.(frame.args ?? []);
    if (wanted !== undefined && frame.confirm !== wanted)
      throw new Refusal("CONFIRM", `this is a production host: confirm ${command.name} by typing ${JSON.stringify(wanted)}`);
  }

  #tell(connection: Connection, command: HostCommand, frame: DoFrame, ran: boolean, result: string): void {
    const title = `${connection.name} ${ran ? "ran" : "was refused"} ${command.name}${digest(frame.args ?? [])}`;
    const t = this.#clock.now() * 1000;
    this.#audit(
      {
        id: `audit-${++this.#audits}`,
        kind: "audit",
        severity: ran ? "info" : "warn",
        entities: [],
        title,
        text: result,
        first: t,
        last: t,
        cleared: true,
      },
      `inspector: ${title} → ${result}`,
    );
  }
}

/** Arguments as the audit shows them: short, on one line, without whole payloads. */
function digest(args: readonly unknown[]): string {
  return args
    .map((a) => {
      const text = typeof a === "string" ? a : ArrayBuffer.isView(a) ? `<${a.byteLength} bytes>` : (JSON.stringify(a) ?? "nil");
      return ` ${(text.length > 80 ? `${text.slice(0, 79)}…` : text).replaceAll(/\s+/g, " ")}`;
    })
    .join("");
}

function failure(error: unknown): { ok: false; code: AgentErrorCode; msg: string } {
  if (error instanceof Refusal) return { ok: false, code: error.code, msg: error.message };
  if (error instanceof SkynetError) {
    const code = error.code === "ARGUMENT" ? "ARGUMENT" : error.code === "UNSUPPORTED" ? "UNAVAILABLE" : "FAILED";
    return { ok: false, code, msg: error.message };
  }
  return { ok: false, code: "FAILED", msg: error instanceof Error ? error.message : String(error) };
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
