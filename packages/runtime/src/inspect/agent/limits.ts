/**
 * The numbers that keep the agent cheap and safe, in one place, with their units in their names.
 *
 * @module
 */

/** Limits of the agent; INS-CON-4 and INS-PRO-4 … 7 name most of them. */
export const limits = {
  /** Clients at once. */
  clients: 8,
  /** Links that have not said who they are yet. */
  strangers: 16,
  /** How long a link may take to say who it is. */
  authMs: 5_000,
  /** Wrong tokens from one peer within {@link limits.failureWindowMs}. */
  failures: 5,
  failureWindowMs: 60_000,
  /** Peers whose failures are remembered. */
  peers: 256,
  /** Subscriptions of one client. */
  subscriptions: 16,
  /** Frames a client may send within one second. */
  framesPerSecond: 200,
  /** Questions and commands of one client that are not answered yet. */
  requests: 32,
  /** Commands a client may send within one second. */
  commandsPerSecond: 20,
  /** A question or command that is not answered by then is given up. */
  requestMs: 30_000,
  /** Values in the arguments of one, and their depth. */
  argumentValues: 1_000,
  argumentDepth: 8,
  /** Alerts that stand at once; further ones are not told. */
  alerts: 500,
  /** Trouble is looked for this often. */
  sweepMs: 1_000,
  /** … and this often while somebody follows pending calls. */
  watchedSweepMs: 500,
  /** Events in one frame, and in one turn of serving a subscription. */
  eventsPerFrame: 1_024,
  eventsPerTurn: 16_384,
  /** Rows of one table that are sent. */
  rows: 50_000,
  /** Above this many queued bytes, deltas are held back. */
  queuedBytes: 262_144,
  /** Above this many for {@link limits.cloggedMs}, the subscription ends. */
  cloggedBytes: 1_048_576,
  cloggedMs: 10_000,
  /** A key frame is sent at least this often. */
  keyMs: 30_000,
  /** The agent works no more often than this. */
  tickMs: 250,
  /** A subscription is served this much before it is due rather than a tick later: host timers are not exact. */
  earlyMs: 25,
  minHz: 0.1,
  maxHz: 4,
  /** A slice of work ends after this long; steps are small, so that it stays below the promised 4 ms. */
  sliceMs: 2,
  /** … and after this many steps, where the clock stands still (virtual time). */
  sliceSteps: 16,
  /** Services visited in one step. */
  stepRows: 256,
  statMs: 1_000,
  /** Texts are cut here; launch lines can be long. */
  textLength: 512,
  /** Texts in a connection's table before it is started afresh. */
  strings: 262_144,
} as const;
