/** The argument shapes of the benchmarks, the same as the Lua side's (bench_shapes.lua). */

export function nested() {
  return {
    id: 10001,
    name: "player_10001",
    level: 37,
    exp: 1234567,
    gold: 998877,
    vip: false,
    guild: "dragonslayers",
    x: 12.5,
    y: -7.25,
    hp: 1200,
    mp: 340,
    online: true,
    title: "Knight of the Northern Marches",
    last: 1717171717,
    ip: "10.20.30.40",
    note: "lorem ipsum dolor ".repeat(8),
    pos: { map: 3, cell: 118, dir: 2 },
    items: [
      { id: 1, n: 5 },
      { id: 2, n: 1 },
      { id: 3, n: 99 },
    ],
    skills: [11, 12, 13, 14, 15],
    tags: ["alpha", "beta", "gamma"],
  };
}

/** `count` records that differ in the names of a third of their fields: what a node with many message types sends. */
export function zoo(count) {
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(Object.entries(nested()).map(([key, value], j) => [j % 3 === 0 ? `${key}${i + 1}` : key, value])),
  );
}

export const schema = `
.Phone {
  number 0 : string
  kind 1 : integer
}
.Person {
  name 0 : string
  id 1 : integer
  email 2 : string
  level 3 : integer
  exp 4 : integer
  vip 5 : boolean
  guild 6 : string
  tags 7 : *string
  scores 8 : *integer
  phone 9 : *Phone
}
`;

export function person() {
  return {
    name: "Alice Example",
    id: 10000,
    email: "alice@example.test",
    level: 37,
    exp: 12345678901,
    vip: true,
    guild: "dragonslayers",
    tags: ["alpha", "beta", "gamma"],
    scores: [100, 2000, 300000],
    phone: [
      { number: "123456789", kind: 1 },
      { number: "87654321", kind: 2 },
      { number: "5550123", kind: 3 },
    ],
  };
}
