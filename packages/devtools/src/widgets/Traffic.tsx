/**
 * Who or what came most often lately, as a short table: what the host counts while somebody asks for it.
 *
 * @module
 */
import type { ReactElement, ReactNode } from "react";
import { count, decimal } from "./format.ts";
import { SmallTable } from "./SmallTable.tsx";

/** One entry of a ranking. */
export interface RankedRow {
  readonly name: string;
  /** Of a service. */
  readonly addr?: number;
  readonly total: number;
  readonly lately: number;
}

/** The first of a ranking, and how much of it is not shown. */
export interface Ranking {
  readonly top: readonly RankedRow[];
  /** Entries the host tells apart. */
  readonly known: number;
  /** Messages of entries that it does not tell apart. */
  readonly others: number;
}

/** How long was counted, and over which part of it rates are made; in microseconds. */
export interface Counted {
  readonly forUs: number;
  readonly latelyUs: number;
}

/** Says over which time was counted. */
export function CountedFor({ of, what }: { readonly of: Counted; readonly what: string }): ReactElement {
  const seconds = Math.round(of.forUs / 1e6);
  const lately = Math.round(of.latelyUs / 1e6);
  return (
    <p className="sk-dim" data-testid="counted-for">
      {seconds < 1 ? `The count of ${what} begins now.` : `Counted since this was opened, ${count(seconds)} s ago`}
      {seconds < 1 ? "" : seconds > lately ? `; rates are of the last ${lately} s.` : "."}
    </p>
  );
}

/** See the file's comment. */
export function RankingTable(props: {
  readonly of: Ranking;
  readonly counted: Counted;
  readonly caption: string;
  /** What an entry is, e.g. `sender`. */
  readonly thing: string;
  /** All messages that were counted. */
  readonly all: number;
  readonly show?: (row: RankedRow) => ReactNode;
}): ReactElement {
  const { of, counted, caption, thing, all, show } = props;
  if (of.top.length === 0)
    return (
      <p className="sk-dim">
        {caption}: none {counted.forUs < 1e6 ? "yet" : "so far"}.
      </p>
    );
  const rate = (n: number): string => (counted.latelyUs < 5e5 ? "" : decimal((n * 1e6) / counted.latelyUs));
  const more = of.known - of.top.length;
  return (
    <>
      <SmallTable
        caption={caption}
        head={[thing, "per second", "messages", "share"]}
        rows={of.top.map((row) => [
          show === undefined ? row.name : show(row),
          rate(row.lately),
          count(row.total),
          all === 0 ? "" : `${Math.round((100 * row.total) / all)} %`,
        ])}
      />
      {more > 0 || of.others > 0 ? (
        <p className="sk-dim">
          {more > 0 ? `${count(more)} more of them. ` : ""}
          {of.others > 0 ? `${count(of.others)} messages came of others, which are not told apart.` : ""}
        </p>
      ) : null}
    </>
  );
}
