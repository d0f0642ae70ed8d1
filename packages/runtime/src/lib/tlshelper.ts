/**
 * `http.tlshelper`: TLS over a socket, as functions that read and write.
 *
 * Source: lualib/http/tlshelper.lua; api.md §7.
 *
 * @module
 */
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { currentContext } from "../core/task.ts";
import { operation } from "../core/tracked.ts";
import { SkynetError } from "../errors/error.ts";
import { joinOutput } from "./socket-output.ts";
import { connectionOf, SocketError } from "./sockethelper.ts";
import type { ReadFunc, WriteFunc } from "./sockethelper.ts";
import { TlsStream, tlsPort } from "./tls-stream.ts";

/** Certificates and rules that any number of connections share. Files are PEM, read through the host's files. */
export class TlsContext {
  cert: string | undefined;
  key: string | undefined;
  ca: string | undefined;
  ciphers: string | undefined;
  verify = true;

  /** Own certificate (followed by those that lead to a root) and its key. @throws SkynetError `ARGUMENT` naming a file that cannot be read. */
  set_cert(certfile: string, keyfile: string): void {
    this.cert = readPem(certfile, "certificate");
    this.key = readPem(keyfile, "key");
  }

  /** Roots to trust in place of the host's. @throws SkynetError `ARGUMENT` as {@link set_cert}. */
  set_ca(cafile: string): void {
    this.ca = readPem(cafile, "root certificate");
  }

  /** OpenSSL's list of ciphers. */
  set_ciphers(ciphers?: string): void {
    this.ciphers = ciphers;
  }

  /** `false`: clients take any certificate, so that anybody in between can read and change everything. For tests. */
  set_verify(verify: boolean): void {
    this.verify = verify;
  }
}

/** One connection's TLS, before and after its handshake. Made by {@link tlshelper.newtls}. */
export interface Tls {
  readonly method: "client" | "server";
  readonly context: TlsContext;
  readonly hostname: string | undefined;
  /** There from the handshake on. */
  stream: TlsStream | undefined;
}

function readPem(path: string, what: string): string {
  const text = currentContext("tlshelper").kernel.ports.files?.readText(path);
  if (text === undefined)
    throw new SkynetError("ARGUMENT", `the TLS ${what} ${path} cannot be read; paths are relative to the working directory`);
  return text;
}

/**
 * Makes a context. The configuration may say which roots to trust (`cafile = "./ca.pem"`) and that nobody's certificate is looked at
 * (`tlsverify = false`).
 *
 * @throws SkynetError `UNSUPPORTED` when the host has no TLS.
 */
function newctx(): TlsContext {
  tlsPort();
  const context = new TlsContext();
  const ca = skynet.getenv("cafile");
  if (ca !== undefined) context.set_ca(ca);
  if (skynet.getenv("tlsverify") === "false") context.set_verify(false);
  return context;
}

/**
 * Makes the TLS of one connection.
 *
 * @param method - `"client"` or `"server"`. A server whose context has no certificate takes the files of the configuration keys `certfile`
 * and `keyfile`, by default `./server-cert.pem` and `./server-key.pem`.
 * @param hostname - Client: whom it means to talk to. Without a certificate for this name, from somebody the host trusts, the handshake fails.
 */
function newtls(method: "client" | "server", context: TlsContext, hostname?: string): Tls {
  if (method !== "client" && method !== "server")
    throw new SkynetError("ARGUMENT", `newtls takes "client" or "server", not ${JSON.stringify(method)}`);
  if (method === "server" && context.cert === undefined)
    context.set_cert(skynet.getenv("certfile") ?? "./server-cert.pem", skynet.getenv("keyfile") ?? "./server-key.pem");
  return { method, context, hostname, stream: undefined };
}

function begin(fd: number, tls: Tls, hostname: string | undefined): TlsStream {
  const { cert, key, ca, ciphers, verify } = tls.context;
  if (tls.method === "client" && verify && hostname === undefined)
    throw new SkynetError(
      "ARGUMENT",
      'a TLS client needs the name of the host it means to talk to: newtls("client", context, hostname); or set_verify(false) on the context',
    );
  const options = {
    verify,
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(hostname === undefined ? {} : { hostname }),
  };
  try {
    return (tls.stream = new TlsStream(fd, tls.method, options));
  } catch (error) {
    if (!(error instanceof Error) || error instanceof SkynetError) throw error;
    throw new SkynetError("ARGUMENT", `TLS cannot begin with this certificate, key or cipher list: ${error.message}`, { cause: error });
  }
}

function streamOf(fd: number, tls: Tls): TlsStream {
  if (tls.stream !== undefined) return tls.stream;
  throw new SocketError(`TLS was not begun fd = ${fd}: run the function of init_requestfunc or init_responsefunc first`);
}

/**
 * A function that does a client's handshake. From then on the socket is read by TLS alone.
 *
 * @throws SocketError from the function it gives, saying why: `[Socket Error] : TLS handshake failed fd = 5: self-signed certificate`.
 *
 * @example
 * ```ts
 * import type { Operation } from "@skyloom/runtime";
 * import { sockethelper } from "@skyloom/runtime/sockethelper";
 * import { tlshelper } from "@skyloom/runtime/tlshelper";
 *
 * function* greet(): Operation<Uint8Array> {
 *   const fd = yield* sockethelper.connect("example.org", 443);
 *   const tls = tlshelper.newtls("client", tlshelper.newctx(), "example.org");
 *   yield* tlshelper.init_requestfunc(fd, tls)();
 *   tlshelper.writefunc(fd, tls)("GET / HTTP/1.0\r\n\r\n");
 *   return yield* tlshelper.readallfunc(fd, tls)();
 * }
 * ```
 */
function init_requestfunc(fd: number, tls: Tls): (hostname?: string) => Operation<void> {
  return operation("tls handshake", function* (hostname?: string): Operation<void> {
    yield* begin(fd, tls, hostname ?? tls.hostname).handshake();
  });
}

/** A function that does a server's handshake. @throws SocketError from the function it gives, as {@link init_requestfunc}. */
function init_responsefunc(fd: number, tls: Tls): () => Operation<void> {
  return operation("tls handshake", function* (): Operation<void> {
    yield* begin(fd, tls, undefined).handshake();
  });
}

/** A function that reads what the peer said: so many bytes, or without a number what there is. It throws SocketError when the peer ends first. */
function readfunc(fd: number, tls: Tls): ReadFunc {
  const reading: ReadFunc = operation("tls read", (sz?: number) => streamOf(fd, tls).read(sz));
  connectionOf.set(reading, { fd, unread: (bytes) => streamOf(fd, tls).unread(bytes) });
  return reading;
}

/** A function that says something. It throws SocketError when the connection is over. */
function writefunc(fd: number, tls: Tls): WriteFunc {
  return (content) => streamOf(fd, tls).write(joinOutput(content));
}

/** A function that gives everything the peer says until it ends. It throws SocketError when the connection breaks. */
function readallfunc(fd: number, tls: Tls): () => Operation<Uint8Array> {
  return operation("tls readall", () => streamOf(fd, tls).readall());
}

/** A function that says goodbye. The socket is closed by `socket.close`, which waits until everything said is on its way. */
function closefunc(tls: Tls): () => void {
  return () => tls.stream?.close();
}

/** TLS over sockets. Verifies whom a client talks to unless it is told not to. */
export const tlshelper: {
  readonly newctx: typeof newctx;
  readonly newtls: typeof newtls;
  readonly init_requestfunc: typeof init_requestfunc;
  readonly init_responsefunc: typeof init_responsefunc;
  readonly readfunc: typeof readfunc;
  readonly writefunc: typeof writefunc;
  readonly readallfunc: typeof readallfunc;
  readonly closefunc: typeof closefunc;
} = { newctx, newtls, init_requestfunc, init_responsefunc, readfunc, writefunc, readallfunc, closefunc };
