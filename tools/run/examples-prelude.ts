/**
 * What stands around the lines an example shows: names that the examples of comments and documents use without saying where they come from.
 *
 * Everything else an example imports. A script, not a module: its declarations are global for the examples.
 */
/* oxlint-disable no-unused-vars -- the examples use them */

/** Every example of a service has it; so that not every one begins with the same import. */
declare const skynet: typeof import("@skyloom/runtime").skynet;
type Operation<T> = import("@skyloom/runtime").Operation<T>;

/** Services of a project, and what a test is written with. */
declare const main: () => void;
declare const counter: import("@skyloom/runtime").ServiceDefinition<{ get(): number; add(by: number): number }, readonly [start: number]>;
declare const expect: typeof import("vitest").expect;

/** Addresses of services, and what messages are made of. */
declare const addr: string;
declare const a: number;
declare const b: number;
declare const key: string;
declare const bytes: Uint8Array;

/** What a host gives: a node, its ports, the agent of its inspector. */
declare const node: import("@skyloom/runtime").SkynetNode;
declare const ports: import("@skyloom/runtime/ports").Ports;
declare const agent: import("@skyloom/runtime/inspect").Agent;

// The compiler sees no style sheets; a bundler does.
declare module "*.css";
