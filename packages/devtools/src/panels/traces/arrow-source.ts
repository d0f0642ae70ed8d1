/**
 * The messages of a sequence diagram as numbered rows, for the diagram's list form.
 *
 * @module
 */
import { ArrowKind } from "../../traces/model.ts";
import type { Sequence } from "../../traces/sequence.ts";
import { duration } from "./format.ts";
import type { RowView } from "./row-view.ts";
import { serviceText } from "./span-source.ts";
import type { SpanSource } from "./span-source.ts";

/** A diagram and the trace it is made of. */
export interface ArrowSource {
  readonly spans: SpanSource;
  readonly sequence: Sequence;
}

/** Words for {@link ArrowKind}. */
export const arrowNames: readonly string[] = ["call", "send", "reply", "error"];

/** The command of a message, or what it is. */
export function arrowText({ spans, sequence }: ArrowSource, i: number): string {
  const { arrows, error } = spans.model;
  const a = sequence.arrows[i]!;
  const kind = arrows.kind[a]!;
  if (kind === ArrowKind.reply) return "reply";
  if (kind === ArrowKind.error) {
    const span = arrows.span[a]!;
    return (span < 0 ? "" : (spans.texts[error[span]!] ?? "")) || "error";
  }
  return (spans.texts[arrows.cmd[a]!] ?? "") || "message";
}

/** Both ends of a message. */
export function arrowEnds({ spans, sequence }: ArrowSource, i: number): readonly [from: string, to: string] {
  const { arrows } = spans.model;
  const a = sequence.arrows[i]!;
  return [serviceText(spans, arrows.node[a]!, arrows.src[a]!), serviceText(spans, arrows.node[a]!, arrows.dst[a]!)];
}

/** `gate → auth: login #7`. */
export function describeArrow(source: ArrowSource, i: number): string {
  const { arrows } = source.spans.model;
  const a = source.sequence.arrows[i]!;
  const [from, to] = arrowEnds(source, i);
  const session = arrows.session[a]!;
  return `${from} → ${to}: ${arrowText(source, i)}${session === 0 ? "" : ` #${session}`}${Number.isNaN(arrows.taken[a]!) ? ", not taken yet" : ""}`;
}

const sentAt = ({ spans, sequence }: ArrowSource, i: number): number => spans.model.arrows.sent[sequence.arrows[i]!]! - spans.model.begin;
const under = ({ spans, sequence }: ArrowSource, i: number): number =>
  spans.model.arrows.taken[sequence.arrows[i]!]! - spans.model.arrows.sent[sequence.arrows[i]!]!;

/** Messages as a list. */
export const arrowView: RowView<ArrowSource> = {
  name: "messages",
  title: "Messages of the trace",
  things: "messages",
  id: ({ sequence }, i) => String(sequence.arrows[i]!),
  search: describeArrow,
  flags: { error: ({ spans, sequence }, i) => spans.model.arrows.kind[sequence.arrows[i]!] === ArrowKind.error },
  columns: [
    {
      key: "sent",
      title: "Sent",
      hint: "From the beginning of the trace",
      numeric: true,
      unit: "us",
      width: "96px",
      value: sentAt,
      cell: (source, i) => duration(sentAt(source, i)),
    },
    {
      key: "kind",
      title: "Kind",
      hint: "A call wants a reply, a send does not",
      numeric: false,
      width: "80px",
      value: ({ spans, sequence }, i) => arrowNames[spans.model.arrows.kind[sequence.arrows[i]!]!] ?? "",
      cell: ({ spans, sequence }, i) => {
        const kind = spans.model.arrows.kind[sequence.arrows[i]!]!;
        return `${kind === ArrowKind.error ? "✖ " : ""}${arrowNames[kind] ?? ""}`;
      },
    },
    {
      key: "from",
      title: "From",
      hint: "The service that sent it",
      numeric: false,
      width: "minmax(120px, 1fr)",
      value: (source, i) => arrowEnds(source, i)[0],
    },
    {
      key: "to",
      title: "To",
      hint: "The service it went to",
      numeric: false,
      width: "minmax(120px, 1fr)",
      value: (source, i) => arrowEnds(source, i)[1],
    },
    {
      key: "command",
      title: "Command",
      hint: "Name of the command, or what it is",
      numeric: false,
      width: "minmax(120px, 1fr)",
      value: arrowText,
    },
    {
      key: "session",
      title: "Session",
      hint: "Joins a request and its reply",
      numeric: true,
      width: "80px",
      value: ({ spans, sequence }, i) => spans.model.arrows.session[sequence.arrows[i]!]!,
    },
    {
      key: "under",
      title: "Under way",
      hint: "Until a task took it, with its time in the mailbox",
      numeric: true,
      unit: "us",
      width: "96px",
      value: under,
      cell: (source, i) => duration(under(source, i)),
    },
  ],
};
