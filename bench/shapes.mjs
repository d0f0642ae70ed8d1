/** The argument shapes of the comparison; `skynet-lua/bench_shapes.lua` holds the same ones. */

/** The nested record: 20 fields, 443 bytes packed. */
export const nested = () => ({
  id: 10001, name: "player_10001", level: 37, exp: 1234567, gold: 998877,
  vip: false, guild: "dragonslayers", x: 12.5, y: -7.25, hp: 1200, mp: 340,
  online: true, title: "Knight of the Northern Marches", last: 1717171717, ip: "10.20.30.40",
  note: "lorem ipsum dolor ".repeat(8),
  pos: { map: 3, cell: 118, dir: 2 },
  items: [{ id: 1, n: 5 }, { id: 2, n: 1 }, { id: 3, n: 99 }],
  skills: [11, 12, 13, 14, 15],
  tags: ["alpha", "beta", "gamma"],
});

/** Twelve records of different shape: one in three keys gets the record's number. */
export const zoo = () =>
  Array.from({ length: 12 }, (_, i) => Object.fromEntries(Object.entries(nested()).map(([k, v], j) => [j % 3 === 0 ? `${k}${i + 1}` : k, v])));

/** The sproto schema and record. */
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
export const person = () => ({
  name: "Alice Example", id: 10000, email: "alice@example.test", level: 37, exp: 12345678901,
  vip: true, guild: "dragonslayers", tags: ["alpha", "beta", "gamma"],
  scores: [100, 2000, 300000],
  phone: [{ number: "123456789", kind: 1 }, { number: "87654321", kind: 2 }, { number: "5550123", kind: 3 }],
});
