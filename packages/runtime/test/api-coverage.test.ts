/**
 * The guard of the contract's names, §1 to §15, row by row: each is exported, and is what it should be. The few that JavaScript cannot serve
 * are there too, and refuse with a hint.
 */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import { bson } from "@skyloom/runtime/bson";
import { cluster } from "@skyloom/runtime/cluster";
import { core as clusterCore } from "@skyloom/runtime/cluster-core";
import { coroutine } from "@skyloom/runtime/coroutine";
import { crypt } from "@skyloom/runtime/crypt";
import { datacenter } from "@skyloom/runtime/datacenter";
import { datasheet } from "@skyloom/runtime/datasheet";
import { debug } from "@skyloom/runtime/debug";
import { dns } from "@skyloom/runtime/dns";
import { gateserver } from "@skyloom/runtime/gateserver";
import * as http from "@skyloom/runtime/http";
import { httpc } from "@skyloom/runtime/httpc";
import { httpd } from "@skyloom/runtime/httpd";
import { loginserver } from "@skyloom/runtime/loginserver";
import { manager, skynet as managed } from "@skyloom/runtime/manager";
import { md5 } from "@skyloom/runtime/md5";
import { memory } from "@skyloom/runtime/memory";
import { mqueue } from "@skyloom/runtime/mqueue";
import { msgserver } from "@skyloom/runtime/msgserver";
import { multicast } from "@skyloom/runtime/multicast";
import { netpack } from "@skyloom/runtime/netpack";
import { profile } from "@skyloom/runtime/profile";
import { queue } from "@skyloom/runtime/queue";
import { require } from "@skyloom/runtime/require";
import { service } from "@skyloom/runtime/service";
import { sharedata } from "@skyloom/runtime/sharedata";
import { sharemap } from "@skyloom/runtime/sharemap";
import { sharetable } from "@skyloom/runtime/sharetable";
import { snax } from "@skyloom/runtime/snax";
import { socket } from "@skyloom/runtime/socket";
import { socket_proxy } from "@skyloom/runtime/socket_proxy";
import { socketchannel } from "@skyloom/runtime/socketchannel";
import { socketdriver } from "@skyloom/runtime/socketdriver";
import { sockethelper } from "@skyloom/runtime/sockethelper";
import { sproto } from "@skyloom/runtime/sproto";
import { core as sprotoCore } from "@skyloom/runtime/sproto-core";
import { sprotoloader } from "@skyloom/runtime/sprotoloader";
import { sprotoparser } from "@skyloom/runtime/sprotoparser";
import { stm } from "@skyloom/runtime/stm";
import { tlshelper } from "@skyloom/runtime/tlshelper";
import { url } from "@skyloom/runtime/url";
import { websocket } from "@skyloom/runtime/websocket";
import { constants, core, hostMethods, management, modules, sprotoMethods } from "./api-index.ts";

/** What we add to `skynet` (design D2, D3, D10, D14; style.md §2). */
const ours = "callall values await bind running queue memory float tobytes totext tolist tomap torecord".split(" ");

describe("§1 core: constants", () => {
  it.each(Object.entries(constants))("skynet.%s is %i", (name, value) => {
    expect(skynet[name as keyof typeof constants]).toBe(value);
  });
});

describe("§2 core and §3 manager: functions", () => {
  it.each([...core, ...management])("skynet.%s is a function", (name) => {
    expect(skynet[name as keyof typeof skynet]).toBeTypeOf("function");
  });

  it("skynet.cache is an object with clear and mode", () => {
    expect([skynet.cache.clear(), skynet.cache.mode("OFF")]).toEqual([undefined, "ON"]);
  });

  it("skynet has nothing else than the contract's names and ours", () => {
    expect(Object.keys(skynet).sort()).toEqual([...Object.keys(constants), ...core, ...management, ...ours, "cache"].sort());
  });

  it("the manager module exports the same object", () => {
    expect(manager).toBe(skynet);
    expect(managed).toBe(skynet);
  });
});

/** What has the functions of a module. */
const exported: Readonly<Record<string, object>> = {
  service,
  require,
  debug,
  mqueue,
  queue,
  snax,
  sproto,
  sprotoparser,
  sprotoloader,
  "sproto.core": sprotoCore,
  "cluster.core": clusterCore,
  httpd,
  httpc,
  websocket,
  url,
  sockethelper,
  tlshelper,
  socket,
  socketdriver,
  socket_proxy,
  datacenter,
  multicast,
  cluster,
  md5,
  crypt,
  dns,
  coroutine,
  sharedata,
  sharetable,
  sharemap,
  stm,
  datasheet,
  "datasheet.builder": datasheet.builder,
  bson,
  socketchannel,
  channel: socketchannel.new({ host: "a" }),
  gateserver,
  msgserver,
  netpack,
  profile,
  memory,
};

describe.each(modules)("$section $name", ({ name, functions }) => {
  it.each(functions)(`${name}.%s is a function`, (key) => {
    expect(Reflect.get(exported[name]!, key)).toBeTypeOf("function");
  });
});

describe("§7 http", () => {
  it("re-exports httpd, httpc, url and sockethelper", () => {
    expect([http.httpd, http.httpc, http.url, http.sockethelper]).toEqual([httpd, httpc, url, sockethelper]);
  });
});

describe("modules that are functions", () => {
  it("§4 require and queue can be called", () => {
    expect([typeof require, typeof queue, typeof skynet.queue]).toEqual(["function", "function", "function"]);
  });

  it("§14 loginserver is a function", () => {
    expect(loginserver).toBeTypeOf("function");
  });
});

describe("§6 objects of sproto", () => {
  const schema = sproto.parse(`
    .package { type 0 : integer session 1 : integer }
    .Item { n 0 : integer }
    get 1 { request { name 0 : string } response Item }`);

  it.each(sprotoMethods)("sproto:%s is a method", (name) => {
    expect(Reflect.get(schema, name)).toBeTypeOf("function");
  });

  it.each(hostMethods)("host:%s is a method", (name) => {
    expect(Reflect.get(schema.host(), name)).toBeTypeOf("function");
  });

  it("attach gives a function, and dispatch of a request gives a responder", () => {
    const host = schema.host();
    const request = host.attach(schema);
    expect(request).toBeTypeOf("function");
    const [kind, name, args, responder] = host.dispatch(request("get", { name: "x" }, 1)) as readonly unknown[];
    expect([kind, name, args, typeof responder]).toEqual(["REQUEST", "get", { name: "x" }, "function"]);
  });
});

describe("refused: UNSUPPORTED, with what to do instead", () => {
  it.each<readonly [name: string, call: () => unknown, hint: RegExp]>([
    ["§15 skynet.codecache loadfile", () => skynet.cache.loadfile("a.lua"), /skynet\.cache\.loadfile\("a\.lua"\).*: import the module/],
    ["§14 memory.dumpinfo", () => memory.dumpinfo(), /memory\.dumpinfo .*heap snapshot/],
    ["§14 memory.dump", () => memory.dump(), /memory\.dump .*heap snapshot/],
    ["§14 memory.profactive", () => memory.profactive(), /memory\.profactive .*heap snapshot/],
  ])("%s", (_name, call, hint) => {
    expect(call).toThrow(expect.objectContaining({ code: "UNSUPPORTED", message: expect.stringMatching(hint) as string }));
  });
});
