/**
 * The commands of the probe. `probe` alone says what it would do; `probe all` is the consent.
 *
 * @module
 */
import { SkynetError } from "@skyloom/runtime";
import type { Clock, ClockTimer } from "@skyloom/runtime/ports";
import type { Alert, HostCommand } from "@skyloom/runtime/inspect";
import { readAddress } from "./answers.ts";
import type { ConsoleNode } from "./console-node.ts";
import { lookText, PROBE_AGREED, probeTerms } from "./look-text.ts";
import type { Look, Looker } from "./look.ts";
import { colon } from "./prober.ts";

/** Shortest and longest pause between two looks, in seconds. */
const SHORTEST = 5;
const LONGEST = 3600;

/** Looks that somebody has asked for, once or again and again. */
export class ProbeRounds {
  readonly looker: Looker;
  readonly #clock: Clock;
  #timer: ClockTimer | undefined;
  #everyS: number | undefined;
  #failure: string | undefined;
  #fromUs: number | undefined;

  constructor(looker: Looker, clock: Clock) {
    this.looker = looker;
    this.#clock = clock;
  }

  /** Seconds between looks, while somebody has switched that on. */
  get everyS(): number | undefined {
    return this.#everyS;
  }

  async once(addresses?: readonly number[]): Promise<Look> {
    this.#failure = undefined;
    return this.looker.look(addresses);
  }

  /** Looks from now on again and again; `undefined` ends that. */
  every(seconds: number | undefined): void {
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer);
    this.#timer = undefined;
    this.#everyS = seconds;
    if (seconds === undefined) return;
    this.#timer = this.#clock.after(seconds * 1000, () => {
      this.once()
        .catch((error: unknown) => (this.#failure = String(error)))
        .finally(() => {
          if (this.#everyS !== undefined) this.every(this.#everyS);
        });
    });
  }

  /** What the last look was, for everybody who sees what it found. */
  alerts(nowUs: number): Alert[] {
    const { last } = this.looker;
    if (last === undefined)
      return [
        {
          id: "probe",
          kind: "probe",
          severity: "info",
          entities: [],
          title: "Deadlocks are not looked for",
          text: "A debug console does not tell who waits for whom; see probe in the Console.",
          first: (this.#fromUs ??= nowUs),
          last: nowUs,
        },
      ];
    const t = Math.round(last.atMs * 1000);
    const often = this.#everyS === undefined ? "It does not look again by itself." : `It looks every ${this.#everyS} s.`;
    return [
      {
        id: "probe",
        kind: "probe",
        severity: last.notRead.length > 0 ? "warn" : "info",
        entities: [],
        title: `Probed: ${last.services} services, ${last.notRead.length} not read`,
        text: `Who waits for whom is as it was when the probe looked. ${often}${this.#failure === undefined ? "" : ` The last attempt failed: ${this.#failure}`}`,
        evidence: lookText(last, 2),
        first: t,
        last: Math.max(t, nowUs),
      },
    ];
  }

  close(): void {
    this.every(undefined);
  }
}

/** See the file's comment. */
export function probeCommands(nodes: readonly ConsoleNode[], rounds: ProbeRounds): HostCommand[] {
  const lua = (): number =>
    nodes.reduce((sum, n) => sum + [...n.services.values()].filter(({ launch }) => launch.startsWith("snlua ")).length, 0);
  const names = nodes.map((n) => n.name);
  const confirmation = (): string => names.join(", ");
  return [
    {
      name: "probe",
      scope: "danger",
      usage: "probe [all | :address … | every seconds | stop]",
      help: "Finds deadlocks with Lua that runs inside the services",
      agree: PROBE_AGREED,
      confirm: true,
      confirmation,
      async run(args) {
        const words = args.filter((a) => typeof a === "string");
        const [first, second] = words;
        if (first === undefined)
          return { ok: true, text: `${probeTerms(lua(), names)}\nTo let it look, run: probe all\nTo take it away again: unprobe` };
        if (first === "stop") {
          rounds.every(undefined);
          return { ok: true, text: "The probe does not look by itself any more." };
        }
        if (first === "every") {
          const seconds = Number(second);
          if (!(seconds >= SHORTEST && seconds <= LONGEST))
            throw new SkynetError(
              "ARGUMENT",
              `probe every takes seconds from ${SHORTEST} to ${LONGEST}, not ${JSON.stringify(second) ?? "nothing"}`,
            );
          rounds.every(seconds);
        }
        const look = await rounds.once(first === "all" || first === "every" ? undefined : words.map(addressOf));
        return { ok: true, text: lookText(look, nodes.length) };
      },
    },
    {
      name: "unprobe",
      scope: "danger",
      usage: "unprobe",
      help: "Takes the probe's debug command out of every service that has it",
      confirm: true,
      confirmation,
      async run() {
        rounds.every(undefined);
        const before = rounds.looker.registered;
        const left = await rounds.looker.remove();
        const text = [
          `The probe is gone from ${before - rounds.looker.registered} of ${before} services.`,
          ...left.map(({ node, addr, why }) => `${node} ${colon(addr)}: ${why}`),
        ].join("\n");
        return { ok: left.length === 0, text };
      },
    },
  ];
}

function addressOf(word: string): number {
  const addr = readAddress(word) ?? (/^[\da-f]{1,8}$/i.test(word) ? Number.parseInt(word, 16) : undefined);
  if (addr === undefined) throw new SkynetError("ARGUMENT", `probe takes addresses such as :0000000a, not ${JSON.stringify(word)}`);
  return addr;
}
