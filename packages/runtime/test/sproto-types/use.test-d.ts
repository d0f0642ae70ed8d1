/** Type tests of what `skyloom sproto types` writes: what must compile does, what must not is marked. Checked by the compiler, never run. */
import { sproto } from "@skyloom/runtime/sproto";
import type { RequestInput, TypedSproto } from "@skyloom/runtime/sproto";
import { sprotoloader } from "@skyloom/runtime/sprotoloader";
import type { Book, Person, Schema } from "./game.d.ts";

export function encoding(text: string): void {
  const sp = sproto.parse<Schema>(text);
  const phone = { number: "123", kind: 1 };
  const bytes = sp.encode("Person", {
    name: "Alice",
    id: 2n ** 60n,
    height: 1.75,
    photo: "bytes",
    phones: [phone],
    tags: ["a"],
    friends: [],
  });
  sp.encode("Person.Phone", phone);
  sp.pencode("Book", { scores: { a: 1 }, people: [{ name: new Uint8Array(3) }] });
  sp.pencode("Book", { scores: new Map([["a", 1]]) });
  const [person, used] = sp.decode("Person", bytes);
  const name: string | undefined = person.name;
  const kind: number | undefined = person.byNumber?.get("123")?.kind;
  const friend: Person | undefined = person.friends?.get(5);
  const book: Book = sp.pdecode("Book", bytes)[0];
  const score: number | undefined = book.scores?.get("x");
  sp.encode("Person", person);
  // @ts-expect-error -- no such type
  sp.encode("Persn", {});
  // @ts-expect-error -- no such field
  sp.encode("Person", { nmae: "Alice" });
  // @ts-expect-error -- a text is no number
  sp.encode("Person", { id: "five" });
  // @ts-expect-error -- an element of the wrong kind
  sp.encode("Person", { phones: [{ number: "1", kind: "home" }] });
  // @ts-expect-error -- a decoded name is text, when it is there
  const no: number = sp.decode("Person", bytes)[0].name;
  // @ts-expect-error -- no such field either
  void person.nmae;
  void [used, name, kind, friend, score, no];
}

export function rpc(client: TypedSproto<Schema>, packet: Uint8Array): Uint8Array | undefined {
  const host = client.host("package");
  const request = host.attach(sprotoloader.load<Schema>(1));
  request("get", { name: "x" }, 1);
  request("add", { name: "x" }, 2, "ud");
  request("quit");
  request("quit", undefined, 3);
  // @ts-expect-error -- no such protocol
  request("got", {});
  // @ts-expect-error -- no such argument
  request("get", { nam: "x" });
  // @ts-expect-error -- quit has no request
  request("quit", { name: "x" });
  const what = host.dispatch(packet);
  if (what[0] === "RESPONSE") {
    const [, session, result] = what;
    void [session, result];
    return undefined;
  }
  const [, name, args, response] = what;
  switch (name) {
    case "get": {
      const asked: string | undefined = args.name;
      // @ts-expect-error -- the response has no such field
      response?.({ nobody: true });
      return response?.({ found: asked !== undefined, person: { name: asked } });
    }
    case "add": {
      const who: Person = args;
      void who;
      // @ts-expect-error -- response nil
      response?.({ name: "x" });
      return response?.();
    }
    case "ping":
      // @ts-expect-error -- ping has no request
      void args.name;
      return response?.({ now: 5 }, "ud");
    case "quit":
      return undefined;
  }
}

export const ask = (sp: TypedSproto<Schema>, args: RequestInput<Schema, "get">): Uint8Array => sp.request_encode("get", args)[0];
export const answer = (sp: TypedSproto<Schema>, bytes: Uint8Array): boolean | undefined => sp.response_decode("get", bytes).found;
export const none = (sp: TypedSproto<Schema>): Uint8Array => sp.response_encode("add");
