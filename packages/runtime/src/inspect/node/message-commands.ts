/**
 * Recording of the messages of a service, and looking into them: the question that reads a recording, and the commands.
 *
 * Recording wants the scope `operate`. What messages carry is the data of users: each look into one, and keeping previews, wants the scope
 * `payload`, which no other scope brings, and is in the audit.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import { handleText } from "../../kernel/handles.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Service } from "../../kernel/service.ts";
import type { HostCommand, InspectSource } from "../source.ts";
import { MessageLog } from "../traffic/message-log.ts";
import { previewBody } from "../traffic/preview.ts";
import { find } from "./questions.ts";
import type { Inspected } from "./hosts.ts";
import { nameOfHandle } from "./hosts.ts";
import { typeName } from "./mailboxes.ts";
import type { Traffic } from "./traffic.ts";

/** Services that are recorded at once: each takes up to 200 messages' figures, and previews. */
const MOST_LOGS = 50;
/** Messages of a mailbox that are passed over to find one. */
const MOST_WALKED = 10_000;

interface Recorded {
  readonly kernel: Kernel;
  readonly service: Service;
  readonly log: MessageLog;
}

/** See the file's comment. */
export class MessageLogs {
  readonly #nodes: readonly Inspected[];
  readonly #traffic: Traffic;
  readonly #logs = new Map<Service, Recorded>();

  constructor(nodes: readonly Inspected[], traffic: Traffic) {
    this.#nodes = nodes;
    this.#traffic = traffic;
  }

  /** Ends the recordings of services that have ended. */
  sweep(): void {
    for (const { service } of this.#logs.values()) if (!service.alive) this.#end(service);
  }

  /** Nobody looks any more: ends all recordings and forgets them. */
  rest(): void {
    for (const service of this.#logs.keys()) this.#end(service);
  }

  questions(): NonNullable<InspectSource["questions"]> {
    return {
      messages: (args) => {
        const [{ kernel }, service] = find(this.#nodes, args);
        return this.#read(kernel, service);
      },
    };
  }

  commands(): HostCommand[] {
    return [
      {
        name: "messages.record",
        scope: "operate",
        usage: "messages.record <address> <on|off>",
        help: "Keeps figures of the last 200 messages of a service, while somebody looks",
        run: (args) => {
          const { inspected, service, word } = this.#target(args, "messages.record");
          const on = onOff(word, "messages.record");
          if (on) this.#begin(inspected.kernel, service);
          else this.#end(service);
          return { ok: true, text: `messages of ${handleText(service.handle)} are ${on ? "" : "not "}recorded` };
        },
      },
      {
        name: "payload.keep",
        scope: "payload",
        usage: "payload.keep <address> <on|off>",
        help: "Keeps the beginning of what each recorded message carries",
        run: (args) => {
          const { service, word } = this.#target(args, "payload.keep");
          const log = this.#log(service);
          if (onOff(word, "payload.keep")) log.previews = true;
          else log.dropPreviews();
          return { ok: true, text: `payloads of ${handleText(service.handle)} are ${log.previews ? "" : "not "}kept` };
        },
      },
      {
        name: "payload.recorded",
        scope: "payload",
        usage: "payload.recorded <address> <number>",
        help: "Shows the beginning of what a recorded message carried",
        run: (args) => {
          const { service, word } = this.#target(args, "payload.recorded");
          const nr = numberOf(word, "payload.recorded");
          const noted = this.#log(service).find(nr);
          if (noted === undefined) throw new SkynetError("ARGUMENT", `message ${nr} is not among the last that are kept`);
          if (noted.preview === undefined)
            throw new SkynetError("ARGUMENT", `of message ${nr} no payload was kept: switch that on with payload.keep, for those to come`);
          return noted.preview;
        },
      },
      {
        name: "payload.queued",
        scope: "payload",
        usage: "payload.queued <address> <number>",
        help: "Shows the beginning of what a message carries that waits in a mailbox",
        run: (args) => {
          const { service, word } = this.#target(args, "payload.queued");
          const nr = numberOf(word, "payload.queued");
          let left = nr - service.messages;
          if (left >= MOST_WALKED) throw new SkynetError("ARGUMENT", `message ${nr} is not among the first ${MOST_WALKED} of the mailbox`);
          let message = left < 0 ? undefined : service.head;
          for (; message !== undefined && left > 0; left--) message = message.next;
          if (message === undefined)
            throw new SkynetError(
              "ARGUMENT",
              `message ${nr} does not wait in the mailbox${left < 0 ? " any more: it has been taken out" : ""}`,
            );
          return previewBody(message.body);
        },
      },
    ];
  }

  #read(kernel: Kernel, service: Service): object {
    const log = this.#logs.get(service)?.log;
    if (log === undefined) return { on: false };
    const { clock } = kernel.ports;
    // From the monotonic clock to the time of day, as it is now.
    const wall = clock.wall() - clock.now();
    return {
      on: true,
      previews: log.previews,
      count: log.count,
      messages: Array.from(log.newest(), (m) => ({
        nr: m.nr,
        epochMs: wall + m.atMs,
        out: m.out,
        type: typeName(service, m.type),
        peer: m.peer,
        peerName: nameOfHandle(kernel, m.peer),
        session: m.session,
        command: m.command ?? "",
        size: m.size,
        kept: m.preview !== undefined,
      })),
    };
  }

  #begin(kernel: Kernel, service: Service): void {
    if (this.#logs.has(service)) return;
    if (this.#logs.size >= MOST_LOGS)
      throw new SkynetError("ARGUMENT", `the messages of ${MOST_LOGS} services are recorded already: switch off those that are not needed`);
    const log = new MessageLog(kernel.ports.clock);
    this.#logs.set(service, { kernel, service, log });
    this.#traffic.probe(kernel).add(service.handle, log);
  }

  #end(service: Service): void {
    const recorded = this.#logs.get(service);
    if (recorded === undefined) return;
    this.#logs.delete(service);
    this.#traffic.probe(recorded.kernel).remove(service.handle, recorded.log);
  }

  #log(service: Service): MessageLog {
    const log = this.#logs.get(service)?.log;
    if (log === undefined)
      throw new SkynetError("ARGUMENT", `messages of ${handleText(service.handle)} are not recorded: switch that on with messages.record`);
    return log;
  }

  /** The service a command is for, and the word behind it. @throws SkynetError `ARGUMENT`. */
  #target(args: readonly unknown[], command: string): { readonly inspected: Inspected; readonly service: Service; readonly word: unknown } {
    const last = args.at(-1);
    const node = typeof last === "object" && last !== null && "node" in last ? [(last as { node: unknown }).node] : [];
    const [address, word] = args;
    const handle = typeof address === "string" && /^:[0-9a-f]{1,8}$/i.test(address) ? Number.parseInt(address.slice(1), 16) : undefined;
    if (handle === undefined)
      throw new SkynetError("ARGUMENT", `${command} takes an address such as :0000000a, not ${JSON.stringify(address) ?? "nothing"}`);
    const [inspected, service] = find(this.#nodes, [handle, ...node]);
    return { inspected, service, word };
  }
}

function onOff(word: unknown, command: string): boolean {
  if (word === "on" || word === "off") return word === "on";
  throw new SkynetError("ARGUMENT", `${command} takes on or off behind the address, not ${JSON.stringify(word) ?? "nothing"}`);
}

function numberOf(word: unknown, command: string): number {
  const nr = typeof word === "number" ? word : typeof word === "string" && /^\d{1,15}$/.test(word) ? Number(word) : NaN;
  if (Number.isSafeInteger(nr) && nr >= 0) return nr;
  throw new SkynetError(
    "ARGUMENT",
    `${command} takes the number of a message behind the address, not ${JSON.stringify(word) ?? "nothing"}`,
  );
}
