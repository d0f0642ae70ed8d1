/** The server's side of a client: reads its packets, calls the handler of each request, and answers. */
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { socket_proxy } from "@skyloom/runtime/socket_proxy";
import type { SprotoHost, SprotoRequester, SprotoResponder } from "@skyloom/runtime/sproto";
import { sprotoloader } from "@skyloom/runtime/sprotoloader";

/** A client on one connection. */
export interface Client {
  readonly fd: number;
}

/** A request's handler: what it returns is the response, what it throws is told to the client. */
export type Handler<C extends Client> = (
  client: C,
  args: Readonly<Record<string, string>>,
) => object | undefined | Operation<object | undefined>;

/** Handlers by the protocol's names. */
export type Handlers<C extends Client> = Readonly<Record<string, Handler<C>>>;

/** The endpoint of one service; the protocol must be loaded already. */
export class Endpoint {
  readonly #host: SprotoHost = sprotoloader.load(1).host("package");
  readonly #push: SprotoRequester = this.#host.attach(sprotoloader.load(2));

  /** Sends what nobody has asked for. */
  push(client: Client, name: string, args: object): void {
    this.#send(client, this.#push(name, args));
  }

  /**
   * Waits for the next request and begins to serve it.
   *
   * @returns the rest of the work, to run or to fork.
   * @throws Error `disconnect` at the end of the connection; another one for what is no request the handlers know.
   */
  *next<C extends Client>(client: C, handlers: Handlers<C>): Operation<() => Operation<void>> {
    const message = this.#host.dispatch(yield* socket_proxy.read(client.fd));
    if (message[0] !== "REQUEST") throw new Error("a response to a request that was never made");
    const [, name, args, respond] = message;
    const handler = Object.hasOwn(handlers, name) ? handlers[name]! : undefined;
    if (handler === undefined) throw new Error(`Invalid command ${name}`);
    return () => this.#serve(client, handler, (args ?? {}) as Readonly<Record<string, string>>, respond);
  }

  *#serve<C extends Client>(
    client: C,
    handler: Handler<C>,
    args: Readonly<Record<string, string>>,
    respond: SprotoResponder | undefined,
  ): Operation<void> {
    let answer: Uint8Array | undefined;
    try {
      const returned = handler(client, args);
      const result = isOperation(returned) ? yield* returned : returned;
      answer = respond?.(result ?? {});
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      skynet.error(`client ${client.fd}: ${error.message}`);
      answer = respond?.({}, error.message);
    }
    if (answer !== undefined) this.#send(client, answer);
  }

  #send(client: Client, packet: Uint8Array): void {
    try {
      socket_proxy.write(client.fd, packet);
    } catch (error) {
      // The line broke while the request was served.
      skynet.error(`client ${client.fd} is gone: ${(error as Error).message}`);
    }
  }
}

function isOperation(value: unknown): value is Operation<object | undefined> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}
