/** crypt, md5 and bson give the same in Node and in a tab: one check value of each function (api.md §10; recorded from the real Skynet). */
import { defineService } from "@skyloom/runtime";
import { bson } from "@skyloom/runtime/bson";
import { crypt } from "@skyloom/runtime/crypt";
import { md5 } from "@skyloom/runtime/md5";
import { describe, expect, it } from "vitest";
import { startNode } from "./host.ts";

const hex = (bytes: Uint8Array): string => crypt.hexencode(bytes);

describe("crypt, md5 and bson in this host", () => {
  it.each([
    ["hashkey", hex(crypt.hashkey("hello")), "9930920fcbef1867"],
    ["hmac64", hex(crypt.hmac64("12345678", "abcdefgh")), "ac9ffda9547a027a"],
    ["hmac64_md5", hex(crypt.hmac64_md5("12345678", "abcdefgh")), "c2a34748cf834af4"],
    ["hmac_hash", hex(crypt.hmac_hash("abcdefgh", "hello")), "1ab2a24b8a0b4f6c"],
    ["dhexchange", hex(crypt.dhexchange("12345678")), "a18e89af97222f0e"],
    ["dhsecret", hex(crypt.dhsecret(crypt.dhexchange("12345678"), "abcdefgh")), "fab8e4dca970e431"],
    ["desencode", hex(crypt.desencode("12345678", "hello")), "7e38177924357156"],
    ["desencode of nothing", hex(crypt.desencode("12345678", "")), "8d3d438a718b4510"],
    ["desencode pkcs7", hex(crypt.desencode("12345678", "hello", crypt.padding.pkcs7)), "ba16c6a0257125af"],
    ["desdecode", hex(crypt.desdecode("12345678", crypt.hexdecode("7e38177924357156"))), "68656c6c6f"],
    ["sha1", hex(crypt.sha1("a")), "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"],
    ["hmac_sha1", hex(crypt.hmac_sha1("", "")), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"],
    ["md5hash", hex(crypt.md5hash("a")), "0cc175b9c0f1b6a831c399e269772661"],
    ["md5.hmacmd5", md5.hmacmd5("data", "key"), "9d5c73ef85594d34ec4438b7c97e51d8"],
    ["base64", crypt.base64encode(crypt.base64decode("YWJjZA")), "YWJjZA=="],
    ["xor_str", hex(crypt.xor_str("abc", "a")), "000302"],
    ["bson", hex(bson.encode({ a: [1, 2] }).bytes), "1b000000046100130000001030000100000010310002000000" + "0000"],
  ])("%s", (_name, got, expected) => {
    expect(got).toBe(expected);
  });

  it("randomkey takes the host's random numbers", async () => {
    const keys = defineService(() => ({ keys: () => Array.from({ length: 20 }, () => crypt.hexencode(crypt.randomkey())) }));
    const { node, start } = await startNode({ keys });
    const made = await node.call<string[]>(await start("keys"), "lua", "keys");
    expect(new Set(made).size).toBe(20);
    expect(made.every((key) => /^[0-9a-f]{16}$/.test(key))).toBe(true);
  });
});
