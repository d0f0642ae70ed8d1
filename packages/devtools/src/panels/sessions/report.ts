/**
 * The report of a deadlock, read back into its parts so that it can be set as a list; and written as a document.
 *
 * The text is the host's and is what is copied and saved: this never changes it.
 *
 * @module
 */

/** One numbered task of a report. */
export interface ReportTask {
  /** Service and what the task is there for. */
  readonly who: string;
  /** What it holds, waits for, and where: a line each. */
  readonly lines: readonly string[];
}

/** A report in parts. */
export interface Report {
  readonly head: string;
  readonly tasks: readonly ReportTask[];
  /** What stands behind the tasks, e.g. how many are left out. */
  readonly rest: readonly string[];
}

/** Takes a report apart; `undefined` when it is not written as expected, then it is shown as it is. */
export function readReport(text: string): Report | undefined {
  const [head = "", ...lines] = text.split("\n");
  const tasks: { who: string; lines: string[] }[] = [];
  const rest: string[] = [];
  for (const line of lines) {
    const numbered = /^(\d+)\. (.+)$/.exec(line);
    if (numbered !== null) {
      if (Number(numbered[1]) !== tasks.length + 1 || rest.length > 0) return undefined;
      tasks.push({ who: numbered[2]!, lines: [] });
    } else if (/^\s{3,}\S/.test(line)) {
      if (tasks.length === 0) return undefined;
      tasks.at(-1)!.lines.push(line.trim());
    } else rest.push(line);
  }
  return tasks.length === 0 ? undefined : { head, tasks, rest };
}

/** A report as Markdown, for an issue or a wiki: when and where, then the very text. */
export function reportMarkdown(evidence: string, about: { readonly host: string; readonly since: string; readonly id: string }): string {
  const [head = "Deadlock"] = evidence.split("\n");
  // A fence must be longer than any run of backticks inside.
  const longest = Math.max(2, ...(evidence.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `## ${head}\n\n- host: ${about.host}\n- since: ${about.since}\n- id: \`${about.id}\`\n\n${fence}text\n${evidence}\n${fence}\n`;
}
