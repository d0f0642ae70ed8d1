/**
 * What every endpoint for pages needs of HTTP: to take a port, and to refuse an upgrade with a reason.
 *
 * Knows nothing of what is served.
 *
 * @module
 */
import type { Server } from "node:http";
import type { Duplex } from "node:stream";
import { SkynetError } from "@skyloom/runtime";
import { urlHost } from "./hosts.ts";

const words: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  421: "Misdirected Request",
  503: "Service Unavailable",
};

/** Answers an upgrade with a status and a text, and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: number, why: string): void {
  socket.on("error", () => {});
  const body = `${why}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${words[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/**
 * Listens on a port or one of the next; answers with the one it got.
 *
 * @param what - Names the endpoint in texts, e.g. `the inspector`.
 * @param flag - How another port is chosen, e.g. `--inspect=`.
 * @throws SkynetError `SOCKET` when the port cannot be had.
 */
export async function listenHttp(
  http: Server,
  address: string,
  port: number,
  { what, flag, moveUp = 0 }: { readonly what: string; readonly flag: string; readonly moveUp?: number },
): Promise<number> {
  for (let next = port; ; next++) {
    try {
      await new Promise<void>((resolve, reject) => {
        http.once("error", reject);
        http.listen(next, address, () => {
          http.off("error", reject);
          resolve();
        });
      });
      return (http.address() as { port: number }).port;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "EADDRINUSE" && next < port + moveUp && next < 65_535) continue;
      const where = `${urlHost(address)}:${port}`;
      throw new SkynetError(
        "SOCKET",
        code === "EADDRINUSE"
          ? `${what} cannot listen on ${where}${next > port ? ` nor on the ${next - port} ports above it` : ""}: the port is taken; ` +
              `end the program that holds it, or choose another port, e.g. ${flag}${urlHost(address)}:${port + 1}`
          : `${what} cannot listen on ${where}: ${code === "EADDRNOTAVAIL" ? "this machine has no such address" : message}`,
        { cause: error },
      );
    }
  }
}
