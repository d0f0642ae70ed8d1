/** Types of game.sproto: made by skyloom sproto types, not to be edited. Use them as sproto.parse<Schema>(text). */
export interface Types {
  Book: {
    people?: Types["Person"][];
    scores?: Map<string, number>;
    class?: number;
  };
  Entry: {
    key?: string;
    value?: number;
  };
  Person: {
    name?: string;
    id?: number;
    height?: number;
    weight?: number;
    alive?: boolean;
    photo?: Uint8Array;
    phones?: Types["Person.Phone"][];
    byNumber?: Map<string, Types["Person.Phone"]>;
    tags?: string[];
    friends?: Map<number, Types["Person"]>;
  };
  "Person.Phone": {
    number?: string;
    kind?: number;
  };
  class: {
    x?: number;
  };
  "get.request": {
    name?: string;
  };
  "get.response": {
    person?: Types["Person"];
    found?: boolean;
  };
  package: {
    type?: number;
    session?: number;
    ud?: string;
  };
  "ping.response": {
    now?: number;
  };
}
export interface Protocols {
  get: { tag: 1; request: Types["get.request"]; response: Types["get.response"] };
  add: { tag: 2; request: Types["Person"]; response: null };
  quit: { tag: 3; request: undefined; response: undefined };
  ping: { tag: 4; request: undefined; response: Types["ping.response"] };
}
export interface Schema {
  types: Types;
  protocols: Protocols;
}
export type Book = Types["Book"];
export type Entry = Types["Entry"];
export type Person = Types["Person"];
